"""Ways a name gets into a published file: one function per way, each giving a file's name and bytes."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import urllib.parse
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import pikepdf
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from opencc import OpenCC
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image
from PIL.PngImagePlugin import PngInfo

Planter = Callable[[str], tuple[str, bytes]]
PLANTERS: dict[str, Planter] = {}


def planter(function: Planter) -> Planter:
    """Register a way."""
    PLANTERS[function.__name__] = function
    return function


def text_way(name: str, suffix: str, encode: Callable[[str], bytes]) -> None:
    """Register a way that is one expression."""
    PLANTERS[name] = lambda secret: (f"{name}{suffix}", encode(secret))


def halves(secret: str) -> tuple[str, str]:
    return secret[:3], secret[3:]


def between(secret: str, mark: str) -> str:
    return mark.join(secret)


text_way("csv_utf8", ".csv", lambda secret: f"编码,名称\r\n1,{secret}\r\n".encode("utf-8-sig"))
text_way("csv_gb18030", ".csv", lambda secret: f"编码,名称\r\n1,{secret}\r\n".encode("gb18030"))
text_way("text_utf16_with_mark", ".txt", lambda secret: f"说明\n{secret}".encode("utf-16"))
text_way(
    "text_utf16_without_mark", ".txt", lambda secret: f"note: {secret} of the year\n".encode("utf-16-le")
)
text_way("log_with_a_broken_byte", ".log", lambda secret: b"2031 \xfe" + secret.encode() + b" \x80\n")
text_way(
    "log_in_gb18030_after_utf8", ".log", lambda secret: "正常".encode() + b"\n" + secret.encode("gb18030")
)
text_way("json_escaped", ".json", lambda secret: json.dumps({"k": [{"名称": secret}]}).encode())
text_way("json_key", ".json", lambda secret: json.dumps({secret: 1}, ensure_ascii=False).encode())
text_way("python_bytes_in_a_log", ".log", lambda secret: f"value {secret.encode()!r}".encode())
text_way(
    "octal_escapes", ".txt", lambda secret: "".join(f"\\{byte:03o}" for byte in secret.encode()).encode()
)
text_way("percent_encoded", ".txt", lambda secret: f"/p?q={urllib.parse.quote(secret)}".encode())
text_way("percent_encoded_gbk", ".txt", lambda secret: urllib.parse.quote(secret.encode("gbk")).encode())
text_way(
    "percent_encoded_twice", ".txt", lambda secret: urllib.parse.quote(urllib.parse.quote(secret)).encode()
)
text_way("quoted_printable", ".txt", lambda s: "".join(f"={byte:02X}" for byte in s.encode()).encode())
text_way("base64", ".txt", lambda secret: b"data " + base64.b64encode(f"项目:{secret}。".encode()))
text_way("base64_url_safe", ".txt", lambda s: b"t " + base64.urlsafe_b64encode(f"~~??>>{s}>>??~~中".encode()))
text_way("traditional", ".txt", lambda secret: OpenCC("s2t").convert(secret).encode())
text_way("spaced", ".txt", lambda secret: between(secret, " \u3000\n").encode())
text_way("zero_width", ".txt", lambda secret: between(secret, "\u200b\u2060").encode())
text_way("punctuated", ".txt", lambda secret: between(secret, "·-_、").encode())
text_way("variation_selectors", ".txt", lambda secret: between(secret, "\ufe00").encode())
text_way("html_visible", ".html", lambda secret: f"<html><body><p>{secret}</p></body></html>".encode())
text_way(
    "html_split_by_tags",
    ".html",
    lambda s: f"<html><body><p>{halves(s)[0]}<b>{halves(s)[1]}</b></p></body></html>".encode(),
)
text_way(
    "html_split_by_a_comment",
    ".html",
    lambda s: f"<html><body><p>{halves(s)[0]}<!-- x -->{halves(s)[1]}</p></body></html>".encode(),
)
text_way(
    "html_entities",
    ".html",
    lambda s: f"<html><p>{''.join(f'&#x{ord(char):x};' for char in s)}</p></html>".encode(),
)
text_way(
    "html_double_entities", ".html", lambda s: f"<p>{''.join(f'&amp;#{ord(c)};' for c in s)}</p>".encode()
)
text_way("html_comment", ".html", lambda secret: f"<html><body><!-- {secret} --></body></html>".encode())
text_way("html_attribute", ".html", lambda secret: f'<html><p title="{secret}">x</p></html>'.encode())
text_way("html_script", ".html", lambda s: f"<html><script>d={json.dumps(s)}</script></html>".encode())
text_way(
    "html_link", ".html", lambda secret: f'<p><a href="/{urllib.parse.quote(secret)}">x</a></p>'.encode()
)
text_way(
    "svg_text", ".svg", lambda s: f'<svg xmlns="http://www.w3.org/2000/svg"><text>{s}</text></svg>'.encode()
)
text_way(
    "svg_split_by_tspans",
    ".svg",
    lambda s: (
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><text>'
        + "".join(f"<tspan x='{at}'>{char}</tspan>" for at, char in enumerate(s))
        + "</text></svg>"
    ).encode(),
)
text_way(
    "svg_metadata",
    ".svg",
    lambda s: (
        f'<svg xmlns="http://www.w3.org/2000/svg"><metadata>{s}</metadata><path d="M0 0"/></svg>'.encode()
    ),
)


def a_png(**info: str) -> bytes:
    meta = PngInfo()
    if "text" in info:
        meta.add_text("Title", info["text"])
    if "ztext" in info:
        meta.add_text("Description", info["ztext"] * 20, zip=True)
    if "itext" in info:
        meta.add_itxt("Author", info["itext"], "zh", "作者", zip=True)
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=meta)
    return out.getvalue()


@planter
def png_text_chunk(secret):
    # tEXt is Latin-1; Chinese goes in as the bytes of UTF-8, as many tools do.
    return "chart.png", a_png(text=secret.encode().decode("latin-1"))


@planter
def png_compressed_international_text(secret):
    return "chart2.png", a_png(itext=secret)


@planter
def png_data_after_the_end(secret):
    return "chart3.png", a_png() + zip_bytes({"hidden.txt": secret.encode()})


@planter
def jpeg_exif(secret):
    exif = Image.Exif()
    exif[0x9C9B] = secret.encode("utf-16-le")
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "JPEG", exif=exif)
    return "photo.jpg", out.getvalue()


@planter
def jpeg_comment(secret):
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "JPEG", comment=secret.encode("gb18030"))
    return "photo2.jpg", out.getvalue()


@planter
def html_data_uri_image(secret):
    uri = "data:image/png;base64," + base64.b64encode(a_png(itext=secret)).decode()
    return "image.html", f'<html><img src="{uri}"></html>'.encode()


def docx_bytes(change: Callable[[docx.document.Document], None]) -> bytes:
    document = docx.Document()
    document.add_paragraph("报告")
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@planter
def docx_split_over_runs(secret):
    def change(document):
        paragraph = document.add_paragraph()
        for char in secret:
            paragraph.add_run(char).bold = len(paragraph.runs) % 2 == 0

    return "runs.docx", docx_bytes(change)


@planter
def docx_table_header_and_footer(secret):
    def change(document):
        document.sections[0].header.paragraphs[0].text = halves(secret)[0] + halves(secret)[1]

    return "header.docx", docx_bytes(change)


@planter
def docx_comment(secret):
    def change(document):
        document.add_comment(document.paragraphs[0].runs, text=secret, author="审核", initials="S")

    return "comment.docx", docx_bytes(change)


@planter
def docx_tracked_deletion(secret):
    def change(document):
        deleted, run, text = OxmlElement("w:del"), OxmlElement("w:r"), OxmlElement("w:delText")
        deleted.set(qn("w:author"), "x")
        text.text = secret
        run.append(text)
        deleted.append(run)
        document.paragraphs[0]._p.append(deleted)

    return "tracked.docx", docx_bytes(change)


@planter
def docx_properties(secret):
    def change(document):
        document.core_properties.keywords = secret

    return "properties.docx", docx_bytes(change)


@planter
def docx_hidden_text(secret):
    def change(document):
        document.add_paragraph().add_run(secret).font.hidden = True

    return "hidden.docx", docx_bytes(change)


@planter
def docx_picture_metadata(secret):
    def change(document):
        document.add_picture(io.BytesIO(a_png(itext=secret)))

    return "picture.docx", docx_bytes(change)


@planter
def docx_embedded_workbook(secret):
    return "embedded.docx", zip_bytes(
        {"word/document.xml": b"<a/>", "word/embeddings/book.xlsx": xlsx_cell(secret)[1]}
    )


def xlsx_bytes(change: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@planter
def xlsx_cell(secret):
    return "cell.xlsx", xlsx_bytes(lambda book: book.active.append([secret]))


@planter
def xlsx_hidden_sheet(secret):
    def change(book):
        sheet = book.create_sheet("备查")
        sheet.append([secret])
        sheet.sheet_state = "veryHidden"

    return "hidden.xlsx", xlsx_bytes(change)


@planter
def xlsx_sheet_name(secret):
    return "sheet.xlsx", xlsx_bytes(lambda book: book.create_sheet(secret))


@planter
def xlsx_comment(secret):
    def change(book):
        book.active["A1"].comment = Comment(secret, "x")

    return "comment.xlsx", xlsx_bytes(change)


@planter
def xlsx_defined_name(secret):
    def change(book):
        book.defined_names["x"] = DefinedName("x", attr_text=f'"{secret}"')

    return "name.xlsx", xlsx_bytes(change)


@planter
def xlsx_header(secret):
    def change(book):
        book.active.oddHeader.center.text = secret

    return "header.xlsx", xlsx_bytes(change)


@planter
def xlsx_properties(secret):
    def change(book):
        book.properties.title = secret

    return "properties.xlsx", xlsx_bytes(change)


@planter
def xlsx_rich_text(secret):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        bold = book.add_format({"bold": True})
        book.add_worksheet().write_rich_string("A1", halves(secret)[0], bold, halves(secret)[1])
    return "rich.xlsx", out.getvalue()


def parquet_bytes(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


@planter
def parquet_value(secret):
    return "value.parquet", parquet_bytes(pa.table({"name": ["x"] * 500 + [secret]}))


@planter
def parquet_value_of_no_row(secret):
    texts = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), pa.array(["x", secret]))
    return "dictionary.parquet", parquet_bytes(pa.table({"name": texts}))


@planter
def parquet_nested_value(secret):
    return "nested.parquet", parquet_bytes(pa.table({"names": [[{"a": secret}]]}))


@planter
def parquet_column_name(secret):
    return "column.parquet", parquet_bytes(pa.table({secret: [1]}))


@planter
def parquet_metadata(secret):
    return "meta.parquet", parquet_bytes(pa.table({"a": [1]}).replace_schema_metadata({"k": secret}))


def pdf_bytes(text: str = "abc", change: Callable[[pikepdf.Pdf], None] | None = None) -> bytes:
    """Make a page whose glyphs are numbers, as an embedded font's are, with a table back to text."""
    pdf = pikepdf.new()
    numbers = "".join(f"{at:04x}" for at in range(1, len(text) + 1))
    lines = "".join(f"<{at:04x}> <{char.encode('utf-16-be').hex()}>\n" for at, char in enumerate(text, 1))
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /x def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{len(text)} beginbfchar\n{lines}endbfchar\n"
        "endcmap end end"
    )
    glyphs = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=pikepdf.Name.Song,
        CIDSystemInfo=pikepdf.Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
    )
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=pikepdf.Name.Song,
        Encoding=pikepdf.Name("/Identity-H"),
        DescendantFonts=[pdf.make_indirect(glyphs)],
        ToUnicode=pdf.make_stream(table.encode()),
    )
    page = pdf.add_blank_page()
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
    page.Contents = pdf.make_stream(f"BT /F1 12 Tf 20 700 Td <{numbers}> Tj ET".encode())
    if change:
        change(pdf)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


@planter
def pdf_page(secret):
    return "page.pdf", pdf_bytes(f"关于{secret}的说明")


@planter
def pdf_properties(secret):
    def change(pdf):
        pdf.docinfo["/Subject"] = secret

    return "info.pdf", pdf_bytes(change=change)


@planter
def pdf_xmp(secret):
    def change(pdf):
        with pdf.open_metadata() as meta:
            meta["dc:title"] = secret

    return "xmp.pdf", pdf_bytes(change=change)


@planter
def pdf_attachment(secret):
    def change(pdf):
        pdf.attachments["a.docx"] = docx_comment(secret)[1]

    return "attachment.pdf", pdf_bytes(change=change)


@planter
def pdf_annotation(secret):
    def change(pdf):
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents=secret
        )
        pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(note)]))

    return "annotation.pdf", pdf_bytes(change=change)


@planter
def pdf_outline(secret):
    def change(pdf):
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem(secret, 0))

    return "outline.pdf", pdf_bytes(change=change)


@planter
def pdf_earlier_revision(secret):
    """Append an update that replaces the page's text, as an editor's quick save does."""
    old = pdf_bytes(f"原稿{secret}")
    with pikepdf.open(io.BytesIO(old)) as pdf:
        number = pdf.pages[0].Contents.objgen[0]
        size = int(pdf.trailer.Size)
        root = pdf.Root.objgen[0]
    start = old.rindex(b"startxref")
    previous = int(old[start:].split()[1])
    body = f"{number} 0 obj\n<< /Length 2 >>\nstream\nq \nendstream\nendobj\n".encode()
    at = len(old)
    table = f"xref\n{number} 1\n{at:010d} 00000 n \ntrailer\n<< /Size {size} /Root {root} 0 R /Prev {previous} >>\n"
    return "revised.pdf", old + body + table.encode() + f"startxref\n{at + len(body)}\n%%EOF\n".encode()


def zip_bytes(members: dict[str, bytes], comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = comment
    return out.getvalue()


@planter
def zip_in_zip(secret):
    return "outer.zip", zip_bytes({"inner.zip": zip_bytes({"a.txt": secret.encode()})})


@planter
def zip_member_name(secret):
    return "names.zip", zip_bytes({f"{secret}.txt": b"x"})


@planter
def zip_comment(secret):
    return "comment.zip", zip_bytes({"a.txt": b"x"}, secret.encode())


@planter
def gzip_of_json(secret):
    return "log.json.gz", gzip.compress(json.dumps({"msg": secret}).encode())


@planter
def tar_gz(secret):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("a/b.csv")
        info.size = len(secret.encode("gb18030"))
        archive.addfile(info, io.BytesIO(secret.encode("gb18030")))
    return "logs.tar.gz", out.getvalue()


text_way("bzip2", ".bz2", lambda secret: bz2.compress(secret.encode()))
text_way("xz", ".xz", lambda secret: lzma.compress(secret.encode()))


@planter
def file_name(secret):
    return f"{secret}.csv", b"a,b\n"


@planter
def folder_name(secret):
    return f"{secret}/data.csv", b"a,b\n"
