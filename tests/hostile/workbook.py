"""Workbooks made part by part, so that each part can be wrong in its own way."""

from __future__ import annotations

import io
import zipfile

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="0.0%"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)


def cell(ref: str, value: str | float | None, more: str = "") -> str:
    if value is None:
        return f'<c r="{ref}"{more}/>'
    if isinstance(value, str):
        return f'<c r="{ref}" t="inlineStr"{more}><is><t>{value}</t></is></c>'
    return f'<c r="{ref}"{more}><v>{value}</v></c>'


def rows(*values: tuple[str | float | None, ...]) -> str:
    out = []
    for r, cells in enumerate(values, start=1):
        inner = "".join(cell(f"{'ABCDEFGH'[i]}{r}", v) for i, v in enumerate(cells))
        out.append(f'<row r="{r}">{inner}</row>')
    return "".join(out)


def sheet(data: str) -> str:
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>'


def workbook(
    *sheets: tuple[str, str, str], leave_out: str = "", extra: tuple[tuple[str, bytes], ...] = ()
) -> bytes:
    """``sheets``: name, state, XML. ``extra`` parts replace or add."""
    names = "".join(
        f'<sheet name="{n}" sheetId="{i}" {s} r:id="rId{i}"/>' for i, (n, s, _) in enumerate(sheets, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{_REL}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    parts: dict[str, bytes] = {
        "[Content_Types].xml": _TYPES.encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_REL}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{names}</sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}">{relations}<Relationship Id="rId99" Type="{_REL}/styles" '
            'Target="styles.xml"/></Relationships>'
        ).encode(),
        "xl/styles.xml": _STYLES.encode(),
    }
    parts |= {f"xl/worksheets/sheet{i}.xml": x.encode() for i, (_, _, x) in enumerate(sheets, start=1)}
    parts |= dict(extra)
    parts.pop(leave_out, None)
    return zipped(parts)


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return out.getvalue()


def one_sheet(data: str, **more: object) -> bytes:
    return workbook(("Sheet1", "", sheet(data)), **more)  # type: ignore[arg-type]
