"""The pages as a web application in Airflow's API server; every address asks who is asking and what they may see."""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from airflow.api_fastapi.core_api.security import get_user
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from fundeval.airflow import roles
from fundeval.airflow.contexts import STORAGE_VARIABLE
from fundeval.airflow.pages import board, served, stored
from fundeval.airflow.pages.mount import URL_PREFIX
from fundeval.core.errors import SEVERITY_ZH, FundevalError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.pipeline import STAGES
from fundeval.storage.address import open_rooms

_PROBLEMS_SHOWN = 100
_OUTCOMES_ZH = {"pass": "通过", "fail": "不通过", "not_applicable": "不适用"}
_STATIC = Path(__file__).with_name("static")
_STATIC_TYPES = {"page.css": "text/css", "page.js": "text/javascript"}
# What a browser shows itself; everything else is saved.
_SHOWN = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
}
_OWN_PAGE = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; "
)
# A document that carries scripts runs them in a world of its own: it cannot act as the user who opened it.
_DOCUMENT = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; font-src data:; "
)
_FRAMES = "frame-ancestors 'self'"


def _staff(user: Annotated[Any, Depends(get_user)]) -> None:
    """Let in whoever may see the overview."""
    if not roles.may_see_board(user):
        raise HTTPException(403, "您的角色不能查看此页面。")


Person = Annotated[Any, Depends(get_user)]
_pages = APIRouter()
_staff_pages = APIRouter(dependencies=[Depends(_staff)])


def create_app() -> FastAPI:
    """Return the application; Airflow mounts it where ``mount`` says."""
    app = FastAPI(title="绩效评价", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(FundevalError, _unusable)
    app.include_router(_pages)
    app.include_router(_staff_pages)
    return app


@_pages.get("/")
def overview(request: Request, user: Person, fund: str = "", year: str = "", state: str = "") -> Response:
    """Show every fund-year; an office is led to its feedback."""
    if not roles.may_see_board(user):
        return RedirectResponse("feedback/", status_code=303)
    return _page("overview", request, **_overview(fund.strip(), year, state))


@_pages.get("/feedback/")
def feedback(request: Request, user: Person) -> Response:
    """List what was written for the offices whose feedback the user may see."""
    may_see = cache(lambda office: roles.may_see_feedback(user, office))
    return _page(
        "feedback",
        request,
        files=[each for each in served.feedback_files(_rooms()) if may_see(each.office)],
        is_staff=roles.may_see_board(user),
        titles=board.fund_titles(),
    )


@_pages.get("/feedback/{fund}/{year}/{office}/{name:path}")
def feedback_file(user: Person, fund: str, year: int, office: str, name: str) -> Response:
    """Hand out a file that was written for an office, to that office and to those who see everybody's."""
    if not roles.may_see_feedback(user, office):
        raise HTTPException(403, "只能查看本单位的反馈。")
    return _file(served.feedback_file(_rooms(), fund, year, office, name))


@_pages.get("/static/{name}", dependencies=[Depends(get_user)])
def static(name: str) -> Response:
    """Hand out the style and the script of the pages."""
    if name not in _STATIC_TYPES:
        raise HTTPException(404, "没有这个文件。")
    return FileResponse(_STATIC / name, media_type=_STATIC_TYPES[name])


@_staff_pages.get("/fund-years/{fund}/{year}/")
def fund_year(request: Request, fund: str, year: int) -> Response:
    """Show one fund-year: problems, refused submissions, releases, runs, checks."""
    return _page("fund_year", request, **_fund_year(fund, year))


@_staff_pages.get("/releases/{fund}/{year}/v{version}/{name:path}")
def release_file(fund: str, year: int, version: int, name: str) -> Response:
    """Hand out a file of a release."""
    return _file(served.release_file(_rooms(), fund, year, version, name))


@_staff_pages.get("/runs/{fund}/{year}/{run_id}/data_docs/{name:path}")
def data_docs(fund: str, year: int, run_id: str, name: str) -> Response:
    """Hand out a file of the documents of a run's checks."""
    return _file(served.data_docs_file(_rooms(), fund, year, run_id, name))


def _rooms() -> Rooms:
    storage = os.environ.get(STORAGE_VARIABLE)
    if not storage:
        raise HTTPException(503, f"没有配置存放位置:请在 API 服务的环境中设置 {STORAGE_VARIABLE}。")
    return open_rooms(storage)


def _overview(fund: str, year: str, state: str) -> dict[str, Any]:
    rooms = _rooms()
    stored.bring_overview(rooms)
    lines = board.board(rooms)
    shown = [
        line
        for line in lines
        if fund in f"{line.title} {line.fund_year.fund}"
        and year in ("", str(line.fund_year.year))
        and state in ("", line.state)
    ]
    return {
        "lines": shown,
        "total": len(lines),
        "states": Counter(line.state for line in lines),
        "refused": sum(line.refused for line in lines),
        "years": sorted({line.fund_year.year for line in lines}, reverse=True),
        "chosen": {"fund": fund, "year": year, "state": state},
    }


def _fund_year(fund: str, year: int) -> dict[str, Any]:
    rooms = _rooms()
    try:
        asked = FundYear(fund, year)
    except FundevalError:
        raise HTTPException(404, "没有这个资金年度。") from None
    stored.bring_overview(rooms)
    stored.bring_fund_year(rooms, asked)
    line = next((line for line in board.board(rooms) if line.fund_year == asked), None)
    if line is None:
        raise HTTPException(404, "没有这个资金年度。")
    problems = (
        board.first_problems(rooms, asked, line.run.run_id, _PROBLEMS_SHOWN)
        if line.run and line.run.state == "refused"
        else []
    )
    return {
        "line": line,
        "releases": board.release_views(rooms, asked),
        "runs": board.run_views(rooms, asked, limit=stored.RUNS_SHOWN),
        "refused": board.refused_submissions(rooms, asked),
        "problems": problems,
    }


def _page(name: str, request: Request, **content: Any) -> Response:
    root = f"{request.scope.get('root_path', '')}/"
    ui = root.removesuffix(f"{URL_PREFIX.removeprefix('/')}/")
    html = _templates().get_template(f"{name}.html.j2").render(root=root, ui=ui, **content)
    return HTMLResponse(
        html, headers={"Content-Security-Policy": _OWN_PAGE + _FRAMES, "Cache-Control": "no-store"}
    )


def _file(path: Path | None) -> Response:
    if path is None:
        raise HTTPException(404, "没有这个文件。")
    suffix = path.suffix.lower()
    policy = (_DOCUMENT if suffix in (".html", ".svg") else "default-src 'none'; ") + _FRAMES
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
    if suffix != ".pdf":
        # A policy of its own keeps Chromium's PDF viewer from showing anything.
        headers["Content-Security-Policy"] = policy
    return FileResponse(
        path,
        media_type=_SHOWN.get(suffix, "application/octet-stream"),
        filename=path.name,
        content_disposition_type="inline" if suffix in _SHOWN else "attachment",
        headers=headers,
    )


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer a refusal as a page; somebody who is not logged in is sent to do so."""
    assert isinstance(error, HTTPException)
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": error.detail}, error.status_code)
    if error.status_code == 401:
        from airflow.api_fastapi.app import get_auth_manager

        return RedirectResponse(get_auth_manager().get_url_login(next_url=str(request.url)), 303)
    page = _page("refused", request, status=error.status_code, reason=str(error.detail))
    page.status_code = error.status_code
    return page


async def _unusable(request: Request, error: Exception) -> Response:
    """Answer that the storage cannot be used just now, in the words of the error."""
    return await _refuse(request, HTTPException(503, str(error)))


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("fundeval.airflow.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(
        state_names=board.STATES,
        outcome_names=_OUTCOMES_ZH,
        severity_names=SEVERITY_ZH,
        stage_count=len(STAGES),
    )
    templates.filters["address"] = lambda text: quote(str(text), safe="")
    templates.filters["path"] = lambda text: quote(str(text), safe="/")
    templates.filters["china"] = board.in_china
    templates.filters["moment"] = lambda moment: f"{moment:%Y-%m-%d %H:%M}"
    return templates
