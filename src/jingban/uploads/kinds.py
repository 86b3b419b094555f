"""What a file is, by its first bytes: its name and what the browser says are not asked."""

from __future__ import annotations

from jingban.uploads.errors import UploadRefused

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
ENDINGS = {JPEG: ".jpg", PDF: ".pdf"}
"""What is kept: pictures become JPEG, PDFs stay PDF."""
HEAD = 32
"""Bytes that are enough to know."""

_ACCEPTED = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF))
_HEIC = {b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1", b"avif"}
_PLEASE = "请上传照片（JPG、PNG）或PDF文件。"
_XML = "这是XML文件，不能当作材料上传。电子票据请上传它的PDF或图片；XML原件可以交给窗口读入。"
_FOREIGN = (
    (b"<?xml", "xml", _XML),
    (b"\xef\xbb\xbf<?xml", "xml", _XML),
    (b"PK\x03\x04", "package", "这是Word、Excel、OFD文件或压缩包，不能当作材料上传，请另存为PDF后再上传。"),
    (b"\xd0\xcf\x11\xe0", "office", "这是旧版Word或Excel文件，请另存为PDF后再上传。"),
    (b"GIF8", "picture", "这是GIF图片，请另存为JPG或PNG后再上传。"),
    (b"BM", "picture", "这是BMP图片，请另存为JPG或PNG后再上传。"),
    (b"II*\x00", "picture", "这是TIFF图片，请另存为JPG或PDF后再上传。"),
    (b"MM\x00*", "picture", "这是TIFF图片，请另存为JPG或PDF后再上传。"),
)


def kind_of(head: bytes) -> str:
    """The content type by the first bytes; UploadRefused with what to do instead for everything else."""
    if not head:
        raise UploadRefused("这个文件是空的，请重新选择或重新拍照。", reason="empty")
    for mark, kind in _ACCEPTED:
        if head.startswith(mark):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        raise UploadRefused(
            "这是苹果手机的HEIC照片。请在“设置—相机—格式”里选“兼容性最佳”后重拍，或另存为JPG再上传。",
            reason="heic",
        )
    for mark, reason, advice in _FOREIGN:
        if head.startswith(mark):
            raise UploadRefused(advice, reason=reason)
    raise UploadRefused(f"这个文件的内容不是照片，也不是PDF（不论文件名怎么写）。{_PLEASE}", reason="type")
