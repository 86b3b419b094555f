"""Makes a harmless file of an uploaded one. Run as a program of its own by ``examining``; imports nothing of Jingban.

Of its own, because pictures and PDFs of a few kilobytes can claim any memory, and the libraries that read them have
had their faults: here that ends this process, not the server. It prints one line of JSON: ``pages`` of what it wrote,
or ``refused`` with the reason.

* A picture is decoded, laid upright, made smaller and encoded anew: place, camera and whatever else hung on it are gone.
* A PDF is written anew from its pages, without scripts, attachments and actions that start something. One that is
  signed and holds none of these is kept byte for byte, since writing it anew would break the signature.
"""

from __future__ import annotations

import json
import logging
import resource
import shutil
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MEMORY = 1536 << 20
SECONDS = 30
QUALITY = 82
DEEPEST = 60
TAIL = 2048
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}

ACTIVE_KEYS = frozenset(
    {
        "/AA", "/AF", "/Collection", "/EF", "/EmbeddedFiles", "/JavaScript", "/JS", "/RichMediaContent",
        "/RichMediaSettings", "/XFA",
    }
)  # fmt: skip
ACTION_KEYS = frozenset({"/A", "/Next", "/OpenAction", "/PA"})
ACTIVE_ACTIONS = frozenset(
    {
        "/GoTo3DView", "/GoToE", "/GoToR", "/ImportData", "/JavaScript", "/Launch", "/Movie", "/Rendition",
        "/ResetForm", "/RichMediaExecute", "/Sound", "/SubmitForm",
    }
)  # fmt: skip
LOUD = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"<script")
"""Of a signed file these may stand nowhere, not even where no reader should look: it is kept byte for byte."""


class Refused(Exception):
    """The file cannot be taken; the argument is the reason."""


def main(task: str, source: str, target: str, how: str) -> None:
    """Clean or turn one file, within bounds of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable()
    work = {"clean": cleaned, "turn": turned}[task]
    try:
        told: dict[str, Any] = {"pages": work(Path(source), Path(target), json.loads(how))}
    except Refused as refused:
        told = {"refused": refused.args[0]}
    print(json.dumps(told))


def cleaned(source: Path, target: Path, how: dict[str, Any]) -> int:
    """Write the harmless file; how many pages it has."""
    if how["type"] in PICTURES:
        return clean_picture(source, target, how)
    return clean_pdf(source, target, how)


def clean_picture(source: Path, target: Path, how: dict[str, Any]) -> int:
    """A JPEG of the picture, and nothing else."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the size is looked at below, before anything is decoded
    warnings.simplefilter("ignore")
    formats, edge = (PICTURES[how["type"]],), how["edge"]
    try:
        with Image.open(source, formats=formats) as picture:
            if picture.width * picture.height > how["pixels"]:
                raise Refused("pixels")
            picture.verify()
        with Image.open(source, formats=formats) as opened:
            opened.draft("RGB", (edge, edge))  # a JPEG is decoded at a fraction of its size
            opened.load()
            picture = upright(opened, edge, ImageOps.exif_transpose)
    except (OSError, SyntaxError, ValueError):
        raise Refused("picture") from None
    picture.save(target, "JPEG", quality=QUALITY, optimize=True)
    return 1


def upright(opened: Any, edge: int, transpose: Any) -> Any:
    """The picture as it is meant to be seen: small enough, upright, on white."""
    from PIL import Image

    picture = opened
    if picture.mode[0] in "IF":  # scanners' sixteen bits would be cut off at white
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode not in ("RGB", "L", "CMYK"):
        picture = picture.convert("RGBA")
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    if "exif" in opened.info:
        picture.info["exif"] = opened.info["exif"]
    picture = transpose(picture)
    if picture.mode == "RGBA":
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(picture, mask=picture.getchannel("A"))
        picture = paper
    plain = picture.convert("RGB")
    plain.info = {}
    return plain


def clean_pdf(source: Path, target: Path, how: dict[str, Any]) -> int:
    """The pages alone; the file itself where it is signed and harmless."""
    import pikepdf

    whole = source.read_bytes()
    if b"%%EOF" not in whole[-TAIL:]:
        raise Refused("cut")
    try:
        with pikepdf.open(source) as pdf:
            pages = len(pdf.pages)
            if not pages:
                raise Refused("pdf")
            if pages > how["pdf_pages"]:
                raise Refused("pages")
            active, signed = strip(pdf.objects), any(map(is_signature, pdf.objects))
            loud = any(word in whole for word in LOUD)
            if signed and not (active or loud or pdf.is_encrypted):
                shutil.copyfile(source, target)
            else:
                pdf.save(target, deterministic_id=True, encryption=False)
    except pikepdf.PasswordError:
        raise Refused("password") from None
    except (pikepdf.PdfError, pikepdf.DataDecodingError, ValueError, TypeError):
        raise Refused("pdf") from None
    return pages


def strip(objects: Iterable[Any]) -> int:
    """Take out what starts something or carries other files; how much of it there was."""
    return sum(strip_from(thing, 0) for thing in objects)


def strip_from(holder: Any, depth: int) -> int:
    import pikepdf

    if depth > DEEPEST:
        raise Refused("pdf")
    if isinstance(holder, pikepdf.Array):
        return sum(strip_from(child, depth + 1) for child in holder if is_own(child))
    if not isinstance(holder, (pikepdf.Dictionary, pikepdf.Stream)):
        return 0
    found = 0
    for key in list(holder.keys()):
        child = holder[key]
        if key in ACTIVE_KEYS or (key in ACTION_KEYS and starts_something(child)):
            del holder[key]
            found += 1
        elif is_own(child):
            found += strip_from(child, depth + 1)
    return found


def is_own(child: Any) -> bool:
    """Whether it lies within its holder; what is only pointed at has its own turn."""
    import pikepdf

    return isinstance(child, pikepdf.Object) and not child.is_indirect


def starts_something(action: Any) -> bool:
    import pikepdf

    if isinstance(action, pikepdf.Array):
        return any(map(starts_something, action))
    return isinstance(action, pikepdf.Dictionary) and str(action.get("/S")) in ACTIVE_ACTIONS


def is_signature(thing: Any) -> bool:
    import pikepdf

    return isinstance(thing, pikepdf.Dictionary) and "/ByteRange" in thing and "/Contents" in thing


def turned(source: Path, target: Path, how: dict[str, Any]) -> int:
    """The cleaned file turned clockwise by quarters."""
    if how["type"] == "application/pdf":
        return turn_pdf(source, target, how["quarters"])
    from PIL import Image, JpegImagePlugin

    ways = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
    with Image.open(source, formats=("JPEG",)) as picture:
        # By its own tables, so that turning it four times costs next to nothing of the picture.
        tables, sampling = picture.quantization, JpegImagePlugin.get_sampling(picture)  # type: ignore[attr-defined]
        picture.transpose(ways[how["quarters"]]).save(target, "JPEG", qtables=tables, subsampling=sampling)
    return 1


def turn_pdf(source: Path, target: Path, quarters: int) -> int:
    import pikepdf

    with pikepdf.open(source) as pdf:
        for page in pdf.pages:
            page.rotate(90 * quarters, relative=True)
        pdf.save(target, deterministic_id=True)
        return len(pdf.pages)


if __name__ == "__main__":
    main(*sys.argv[1:5])
