"""Signatures in the file (PAdES): whoever opens it sees who signed and that nothing was changed since.

The provider is a class named by ``JINGBAN_PAPER_SIGNER``. Without one a test certificate signs, made on first use
and marked as such on every paper; an agency names its own (a PKCS#12 file, or a class for its CA or SM2 seal server).
"""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.module_loading import import_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from jingban.documents.errors import SignerWrong

FIELD = "Agency"
_PASSPHRASE = b"test only"
_YEARS = timedelta(days=3650)


class Signer(Protocol):
    """A way to sign a file. ``name`` is what the register keeps; ``is_test``: proves nothing to anybody outside."""

    name: str
    is_test: bool

    def sign(self, pdf: bytes, *, reason: str) -> bytes:
        """The file with a signature over all of it."""
        ...

    def trusted(self) -> tuple[asn1.Certificate, ...]:
        """The certificates by which a file of ours is known."""
        ...


class Pkcs12:
    """A certificate with its key in a PKCS#12 file: ``JINGBAN_PAPER_CERTIFICATE`` and its passphrase."""

    is_test = False

    def __init__(self, path: Path | None = None, passphrase: bytes | None = None) -> None:
        file = path or Path(settings.JINGBAN_PAPER_CERTIFICATE)
        word = passphrase if passphrase is not None else settings.JINGBAN_PAPER_PASSPHRASE.encode()
        found = _loaded(file, word) if file.is_file() else None
        if found is None or found.signing_cert is None:
            raise SignerWrong(
                f"签名证书 {file.name} 打不开：请核对 JINGBAN_PAPER_CERTIFICATE 的路径和 JINGBAN_PAPER_PASSPHRASE。"
            )
        self._signer = found
        self._certificate = found.signing_cert
        self.name = str(found.subject_name)

    def sign(self, pdf: bytes, *, reason: str) -> bytes:
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=reason,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        try:
            out = signers.sign_pdf(
                IncrementalPdfFileWriter(io.BytesIO(pdf)), signature_meta=metadata, signer=self._signer
            )
        except SigningError as error:
            raise SignerWrong("文书没有签上名，请系统管理员核对签名证书是否有效。") from error
        return cast(io.BytesIO, out).getvalue()

    def trusted(self) -> tuple[asn1.Certificate, ...]:
        return (self._certificate,)


def _loaded(file: Path, word: bytes) -> signers.SimpleSigner | None:
    found = signers.SimpleSigner.load_pkcs12(str(file), passphrase=word)  # type: ignore[no-untyped-call]
    return cast("signers.SimpleSigner | None", found)


class OwnCertificate(Pkcs12):
    """A certificate of this installation's own making, kept in ``var``; for demonstration and tests."""

    is_test = True

    def __init__(self) -> None:
        path = Path(settings.JINGBAN_VAR) / "paper-test.p12"
        if not path.exists():
            _make(path)
        super().__init__(path, _PASSPHRASE)


def signer() -> Signer:
    """The provider of the settings, made once."""
    return _signer(settings.JINGBAN_PAPER_SIGNER, str(settings.JINGBAN_VAR))


@lru_cache(maxsize=4)
def _signer(name: str, var: str) -> Signer:
    return cast(Signer, import_string(name)())


def _make(path: Path) -> None:
    """A self-signed certificate; of two first uses at once one wins and both read it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Jingban test certificate (not for real papers)")]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"jingban", key, certificate, None, BestAvailableEncryption(_PASSPHRASE)
        )
    )
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


@dataclass(frozen=True, slots=True)
class Signed:
    """What a file's signature says: whole since it was signed, by whom, and whether that is us."""

    intact: bool
    by: str
    ours: bool


def signed(pdf: bytes) -> Signed | None:
    """The signature of a file; none where it carries none, or is no PDF."""
    try:
        embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not embedded:
            return None
        context = ValidationContext(trust_roots=list(signer().trusted()), allow_fetching=False)
        status = validate_pdf_signature(embedded[0], context)
    except (PdfReadError, SignatureValidationError, ValueError):
        return None
    whole = bool(
        status.intact and status.valid and status.coverage is not None and status.docmdp_ok is not False
    )
    return Signed(whole, str(status.signing_cert.subject.human_friendly), bool(status.trusted))
