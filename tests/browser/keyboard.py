"""A page by the Tab key alone: every control is come to, is seen when it is, and none holds on to who came there."""

from __future__ import annotations

from playwright.sync_api import Page

MORE = 40
"""Stops beyond the controls, such as boxes that scroll."""

# Written down at keyup: then the focus has moved and the page has scrolled to it. A hidden file picker shows its focus
# on its label. Of a group of radio buttons the keyboard comes to the one that is chosen, else to the first.
WATCH = """() => {
  const named = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "")
    + "「" + (e.getAttribute("aria-label") || e.textContent || e.name || "").trim().slice(0, 20) + "」";
  const look = (e) => [e, ...(e.labels || [])].map((part) => {
    const {outlineStyle, outlineWidth, outlineColor, boxShadow} = getComputedStyle(part);
    const line = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && outlineColor !== "rgba(0, 0, 0, 0)";
    return [line && outlineColor, boxShadow !== "none" && boxShadow].join();
  });
  const met = (e) => [e, ...(e.labels || [])].some((part) => [...part.getClientRects()].some((r) =>
    [0.5, 0.1, 0.9].some((x) => [0.5, 0.1, 0.9].some((y) => {
      const hit = document.elementFromPoint(r.left + r.width * x, r.top + r.height * y);
      return hit && (part.contains(hit) || (hit.contains(part) && hit !== document.documentElement));
    }))));
  const groups = new Map();
  const all = [...document.querySelectorAll(
      "a[href],button,input:not([type=hidden]),select,textarea,summary,iframe,[contenteditable],[tabindex]")]
    .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.matches(":disabled"))
    .filter((e) => e.tabIndex >= 0 || e.matches("a,button,input,select,textarea,summary"))
    .filter((e) => !e.closest("[aria-hidden=true]"));
  for (const e of all.filter((e) => e.type === "radio")) {
    const key = (e.form ? [...document.forms].indexOf(e.form) : "") + "/" + e.name;
    if (!groups.has(key) || e.checked) groups.set(key, e);
  }
  const wanted = all.filter((e) => e.type !== "radio" || [...groups.values()].includes(e));
  const before = wanted.map(look), way = {stops: [], wanted: wanted.map(named)};
  window.__way = way;
  document.addEventListener("keyup", () => {
    const e = document.activeElement, at = wanted.indexOf(e), wrong = [];
    if (at >= 0 && look(e).every((seen, n) => seen === "false,false" || seen === before[at][n])) wrong.push("看不出焦点");
    if (at >= 0 && !met(e)) wrong.push("被别的内容盖住");
    way.stops.push([at, e === document.body ? "" : named(e), wrong]);
  }, true);
  document.documentElement.tabIndex = -1;
  document.documentElement.focus({preventScroll: true});
  document.documentElement.removeAttribute("tabindex");
  window.scrollTo(0, 0);
  return wanted.length;
}"""


def keyboard_faults(page: Page) -> list[str]:
    """Go once round the page by Tab; what is not come to, not seen, out of order, or does not let go.

    The first stop is the link that leads past the head (跳到正文), where the page has one.
    """
    pressed = page.evaluate(WATCH) + 1
    for _ in range(pressed):
        page.keyboard.press("Tab")
    way = page.evaluate("window.__way")
    while not _round(way["stops"]) and pressed < len(way["wanted"]) + MORE:
        page.keyboard.press("Tab")
        pressed, way = pressed + 1, page.evaluate("window.__way")
    return _told(way["wanted"], way["stops"], skip=page.locator("a[href='#main']").count() > 0)


def _round(stops: list[list[object]]) -> bool:
    """Whether the walk has left the page or is at its first control again."""
    return any(not name for _, name, _ in stops) or [at for at, *_ in stops].count(stops[0][0]) > 1


def _told(wanted: list[str], stops: list[list[object]], *, skip: bool) -> list[str]:
    faults = [f"{name}：{text}" for _, name, wrong in stops for text in wrong]
    met = [at for at, *_ in stops if at >= 0]
    once = list(dict.fromkeys(met))
    faults += [f"Tab 到不了：{name}" for n, name in enumerate(wanted) if n not in once]
    if once != sorted(once):
        faults.append("Tab 的次序和页面不同：" + " → ".join(wanted[n] for n in once))
    if not _round(stops):
        faults.append(f"Tab 走不出：{stops[-1][1]}")
    if skip and stops and "跳到正文" not in str(stops[0][1]):
        faults.append(f"第一站不是“跳到正文”：{stops[0][1]}")
    return list(dict.fromkeys(faults))
