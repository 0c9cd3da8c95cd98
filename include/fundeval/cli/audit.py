"""``fundeval audit``: the trail of submissions, corrections, waivers, approvals and releases."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from fundeval.cli.options import AS_JSON, STORAGE, print_json, telling_errors
from fundeval.core import audit as trail
from fundeval.core.rooms import Rooms
from fundeval.storage.visible import is_release_record

_EVENTS = {
    "submission.accepted": "报送已受理",
    "submission.refused": "报送被退回",
    "correction.applied": "单元格更正",
    "correction.refused": "更正被退回",
    "waiver.used": "豁免",
    "approval.approved": "批准发布",
    "approval.rejected": "退回修改",
    "release.published": "发布",
    "release.withdrawn": "撤回发布",
}


@click.group(help="审计记录:报送、更正、豁免、审批和发布,只增不改。")
def audit() -> None:
    """Group the two commands."""


@audit.command("list", help="列出审计记录,可只看一项资金或一个年度。")
@STORAGE
@click.option("--fund", help="只看这项资金。")
@click.option("--year", type=int, help="只看这个年度。")
@AS_JSON
@telling_errors
def list_(out: Rooms, fund: str | None, year: int | None, as_json: bool) -> None:
    """Print the readable entries in order."""
    entries = [
        entry
        for entry in trail.read(out)
        if (fund is None or entry.fund == fund) and (year is None or entry.year == year)
    ]
    if as_json:
        print_json([asdict(entry) for entry in entries])
        return
    for entry in entries:
        detail = "  ".join(f"{name}={value}" for name, value in entry.detail.items())
        event = _EVENTS.get(entry.event, entry.event)
        click.echo(
            f"{entry.number:>5}  {entry.at}  {event}  {entry.fund}/{entry.year}  {entry.who}  {detail}"
        )
    click.echo(f"共{len(entries)}条。")


@audit.command(help="核对审计记录是否被改动,并与各发布版本互相核对;完好返回 0,否则返回 1 并逐条说明。")
@STORAGE
@AS_JSON
@telling_errors
def verify(out: Rooms, as_json: bool) -> None:
    """Hold the chain and the releases against each other and print every fault."""
    from fundeval.release.trail import verify_trail

    out.bring(out.root / "releases", wanted=is_release_record)
    faults, entries = verify_trail(out), len(trail.read(out))
    if as_json:
        print_json({"ok": not faults, "entries": entries, "faults": faults})
    elif faults:
        click.echo(f"审计记录共{entries}条,发现{len(faults)}处不符:", err=True)
        for number, fault in enumerate(faults, 1):
            click.echo(f"{number}. {fault}", err=True)
    else:
        click.echo(f"审计记录共{entries}条,完好,与各发布版本一致。")
    sys.exit(1 if faults else 0)
