"""What takes the pictures of ``screens.py``: the house's own server, a browser for each visitor, small files, the index."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright
from screens_list import SCREENS, Screen, come_to, cookies_of, forgotten

MOST_BYTES = 10_000_000
"""All pictures together: they are kept with the source."""
COLOURS, TALLEST, WIDE = 20, 1600, 600
KEPT = "ffffff 1f2733 5b6573 12499a c62828 b3440a 5c4700 ffe9a8 14602c e2f3e7 1556b0 fff3e5 fdecea ffc107 f6c343 8a5a00"
"""Colours that say something (overdue, due today, done): a few pixels of a picture, and still not to be lost."""
PUBLIC_SIZES = {"desktop": (1280, 800, False), "phone": (390, 844, False), "large": (390, 844, True)}
"""Width, height, and whether the large-type edition is on."""
STAFF_SIZES = {**PUBLIC_SIZES, "large": (1280, 800, True)}
MACHINE_SIZES = {"desktop": (1080, 1600, False), "large": (1080, 1600, True)}
"""A self-service machine stands upright."""
SITTING = frozenset({"clerk", "reviewer", "cashier", "admin", "institution"})
"""Who works at a wide screen, in large type too."""
UNSTUCK = (
    "() => document.querySelectorAll('.benefit-foot').forEach((foot) => { foot.style.position = 'static'; })"
)
"""What stays at the foot of a window would lie over the middle of a whole page."""
QUIET = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass(slots=True)
class Told:
    """What a run made, what went wrong, and which rooms are not built."""

    pictures: int = 0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)


def sizes_of(who: str, machine: bool) -> Mapping[str, tuple[int, int, bool]]:
    """The windows in which this visitor is pictured."""
    return MACHINE_SIZES if machine else STAFF_SIZES if who in SITTING else PUBLIC_SIZES


def fonts_of(root: Path) -> dict[str, str]:
    """The environment in which the browser has Chinese letters, also where the machine has none: the papers' own."""
    if (listing := shutil.which("fc-list")) and subprocess.run(
        [listing, ":lang=zh"], capture_output=True, check=False
    ).stdout.strip():
        return {}
    folders = sorted({path.parent for path in (root / ".venv").rglob("*.otf")})
    conf = Path(os.environ["JINGBAN_VAR"]) / "fonts.conf"
    named = "".join(f"<dir>{folder}</dir>" for folder in folders)
    conf.write_text(f"<fontconfig>{named}<cachedir>{conf.parent}/fontcache</cachedir></fontconfig>")
    return {"FONTCONFIG_FILE": str(conf)}


class Server:
    """The house in a folder of its own, at a free port of this machine."""

    def __init__(self, root: Path, var: Path) -> None:
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            self.port = asked.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._log, self._command = var / "house.log", str(root / ".venv" / "bin" / "jingban")
        self._process: subprocess.Popen[bytes] | None = None

    def said(self) -> str:
        """The end of what the house wrote: why a page failed."""
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    def prepare(self) -> None:
        for part in (["migrate"], ["rulebook", "publish"], ["demo"]):
            done = subprocess.run([self._command, *part], capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"jingban {' '.join(part)}：\n{done.stdout}{done.stderr}")

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._command, "serve", "--port", str(self.port), "--no-timer"], stdout=log, stderr=log
            )
        until = time.monotonic() + 60
        while time.monotonic() < until and self._process.poll() is None:
            try:
                urllib.request.urlopen(self.address, timeout=30).close()
            except OSError:
                time.sleep(0.3)
            else:
                return
        raise SystemExit(f"网站没有启动：\n{self._log.read_text()}")


class Camera:
    """A browser with a window for each visitor and size."""

    def __init__(self, address: str, found: Mapping[str, Any], fonts: Mapping[str, str]) -> None:
        self.address, self.found = address, found
        path = os.environ.get("CHROMIUM") or next(
            (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
        )
        if path is None:
            raise SystemExit("没有找到浏览器。安装：apt-get install -y chromium")
        self._playwright = sync_playwright().start()
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._browser: Browser = self._playwright.chromium.launch(
            executable_path=path, args=[*QUIET, *root], env={**os.environ, **fonts}
        )
        self._windows: dict[tuple[str, bool, str], BrowserContext] = {}

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()

    def take(self, screen: Screen, size: str) -> Image.Image:
        """The whole page as this visitor sees it."""
        page = self._window(screen, size).new_page()
        try:
            come_to(page, screen, self.address, self.found)
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wide > 0:
                raise Error(f"横向溢出 {wide} 像素")
            if (window := page.viewport_size) and window[
                "width"
            ] < WIDE:  # so that the bar of tabs stays below
                tall = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({**window, "height": max(window["height"], min(tall, TALLEST))})
            page.evaluate(UNSTUCK)
            return Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled")))
        finally:
            page.close()

    def _window(self, screen: Screen, size: str) -> BrowserContext:
        key = (screen.who, screen.machine, size)
        if key not in self._windows:
            width, height, large = sizes_of(screen.who, screen.machine)[size]
            window = self._browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
            )
            window.set_default_timeout(20_000)
            cookies = cookies_of(screen) | ({"large": "1"} if large else {})
            window.add_cookies([{"name": n, "value": v, "url": self.address} for n, v in cookies.items()])
            self._windows[key] = window
        return self._windows[key]


def show(camera: Camera, *, into: Path, only: str = "") -> Told:
    """Every screen in every size, and the index; what an earlier run left and this one did not make goes away."""
    told, rows = Told(), list[str | tuple[Screen, list[str]]]()
    into.mkdir(parents=True, exist_ok=True)
    try:
        for screen in SCREENS:
            if isinstance(screen, str):
                rows.append(screen)
            elif screen.name.startswith(only):
                rows.append((screen, _pictured(camera, screen, into, told)))
    finally:
        camera.close()
    kept = {name for row in rows if not isinstance(row, str) for name in row[1]}
    told.lacking += [f"{name}：新的地址，请写进 SCREENS 或 NO_SCREEN" for name in forgotten()]
    if not only:
        for stale in {path.name for path in into.glob("*.png")} - kept:
            (into / stale).unlink()
        (into / "README.md").write_text(_index(rows), encoding="utf-8")
    told.bytes = sum(path.stat().st_size for path in into.glob("*.png"))
    if told.bytes > MOST_BYTES:
        told.faults.append(f"图共 {told.bytes / 1e6:.1f} MB，超过 {MOST_BYTES / 1e6:.0f} MB")
    return told


def _pictured(camera: Camera, screen: Screen, into: Path, told: Told) -> list[str]:
    from django.urls import NoReverseMatch

    made = []
    for size in sizes_of(screen.who, screen.machine):
        try:
            picture = camera.take(screen, size)
        except NoReverseMatch:
            told.lacking.append(f"{screen.name}（{screen.title}）：还没有这一页")
            break
        except Error as error:
            told.faults.append(f"{screen.name}-{size}：{error.message.splitlines()[0]}")
            continue
        name = f"{screen.name}-{size}.png"
        small = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, TALLEST)))
        _few_colours(small).save(into / name, optimize=True)
        told.pictures += 1
        made.append(name)
    return made


def _few_colours(picture: Image.Image) -> Image.Image:
    """The commonest colours of the picture, and those that say something."""
    common = picture.quantize(COLOURS, dither=Image.Dither.NONE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*common[: 3 * COLOURS], *bytes.fromhex(KEPT)])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _index(rows: Iterable[str | tuple[Screen, list[str]]]) -> str:
    lines = [
        "# Screens", "",
        "Made by `make screens` (`scripts/screens.py`) from the demo's data: 1280×800, a telephone (390×844), and the",
        "large-type edition (长辈版; at a wide screen for who works at one). Long pages are cut. All people are invented.",
    ]  # fmt: skip
    for row in rows:
        if isinstance(row, str):
            lines += ["", f"## {row}", "", "| | 1280 | 390 | 长辈版 |", "|---|---|---|---|"]
            continue
        screen, made = row
        cells = [next((n for n in made if n.endswith(f"-{size}.png")), "") for size in PUBLIC_SIZES]
        shown = [
            f'<a href="{n}"><img src="{n}" width="220" alt="{screen.title}"></a>' if n else "" for n in cells
        ]
        lines.append(f"| {screen.title} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"
