"""A notebook without a mouse: the Tab key goes from control to control, and each is moved by keys alone."""

from __future__ import annotations

from tests.browser.jupyter import Lab

# What can be focused in the cells' outputs, each marked with a number; of a group of radio buttons, one.
MARK = """() => {
  const groups = new Set(), found = [], kinds = ":is(input, button, select, summary, [tabindex='0'])";
  for (const one of document.querySelectorAll(`.jp-OutputArea-output ${kinds}`)) {
    if (one.disabled || !one.checkVisibility() || !one.getClientRects().length) continue;
    if (one.type === "radio" && groups.size === groups.add(one.name).size) continue;
    one.dataset.stop = found.push(one.outerHTML.slice(0, 120));
  }
  return found;
}"""
HERE = """() => {
  const one = document.activeElement, type = one.type === "submit" ? "button" : one.type;
  const group = one.type === "radio" && one.closest("[role=radiogroup]").querySelector("[data-stop]");
  return { stop: +((group || one).dataset.stop ?? 0), kind: one.getAttribute("role") ?? type ?? one.tagName.toLowerCase(),
           already: one.ariaPressed === "true", outline: getComputedStyle(one).outlineStyle };
}"""
# All that a key could have changed: what is drawn, what is pressed, what is said.
STATE = """(stop) => {
  const cell = document.querySelector(`[data-stop="${stop}"]`).closest(".jp-Cell");
  if (!cell.contains(document.activeElement)) return "the key went to JupyterLab";
  return [...cell.querySelectorAll("img, [aria-pressed], canvas, [role=slider], [role=status], details, input")]
    .map((one) => [one.src, one.ariaPressed, one.ariaLabel, one.ariaValueNow, one.textContent, one.open, one.checked])
    .join("|");
}"""
KEYS = {"range": ("ArrowLeft", "ArrowRight"), "slider": ("ArrowDown", "ArrowUp"), "radio": ("ArrowDown",),
        "img": ("ArrowLeft", "ArrowRight"), "summary": ("Enter",), "button": ("Enter",)}


def by_keyboard(lab: Lab) -> int:
    """From the first cell on, Tab to every control of every output, and move it; how many there were.

    Raises AssertionError for a control that Tab does not reach, that no key moves, or that does not show that it is focused.
    """
    page = lab.page
    wanted, reached, still = page.evaluate(MARK), set(), []
    page.locator(".jp-Cell").first.focus()
    for _ in range(2 * len(wanted) + 20):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if not here["stop"] or here["stop"] in reached:
            continue
        reached.add(here["stop"])
        before = page.evaluate(STATE, here["stop"])
        for key in KEYS.get(here["kind"], ()):
            page.keyboard.press(key)
            if (after := page.evaluate(STATE, here["stop"])) != before:
                assert "JupyterLab" not in after, f"{after}: {wanted[here['stop'] - 1]}"
                break
        else:
            still += [] if here["already"] else [wanted[here["stop"] - 1]]
        assert here["outline"] != "none", f"nobody sees where the keyboard is: {wanted[here['stop'] - 1]}"
    missed = [text for number, text in enumerate(wanted, 1) if number not in reached]
    assert (missed, still) == ([], []), "not reached, not moved"
    return len(wanted)
