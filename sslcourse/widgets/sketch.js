// A guess that is drawn: points or bars to drag, or to move by the arrow keys; kept in the browser, compared when it was measured.
(() => {
  const memory = (window.sslcourseSketches ??= {}), SVG = "http://www.w3.org/2000/svg";
  const WIDE = 520, HIGH = 230, LEFT = 56, BOTTOM = 44, TOP = 12, RIGHT = 14;
  const name = (key) => `sslcourse-sketch-${key}`;
  function known(key) {
    if (key in memory) return memory[key];
    try { return JSON.parse(localStorage.getItem(name(key))); } catch { return null; }
  }
  function keep(key, values) {
    memory[key] = values;
    try { localStorage.setItem(name(key), JSON.stringify(values)); } catch { /* a private window: as long as the page */ }
    document.querySelectorAll(".ssl-sketch[data-wired]").forEach(show);
  }
  function make(tag, attributes, into, text) {
    const one = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    if (text !== undefined) one.textContent = text;
    into?.append(one);
    return one;
  }
  const x = (held, i) => LEFT + 14 + (WIDE - LEFT - RIGHT - 28) * (held.bars ? (i + 0.5) / held.at.length : held.across[i]);
  const y = (held, value) => HIGH - BOTTOM - (HIGH - BOTTOM - TOP) * (value - held.low) / (held.high - held.low);
  const words = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : String(+value.toPrecision(2)));
  function frame(held) {
    const svg = make("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, style: "width:100%;max-width:520px;background:#fff;border-radius:6px;touch-action:none;user-select:none;display:block" });
    for (let k = 0; k <= 4; k += 1) {
      const value = held.low + (held.high - held.low) * k / 4, at = y(held, value);
      make("line", { x1: LEFT, x2: WIDE - RIGHT, y1: at, y2: at, stroke: "#e6e8eb" }, svg);
      make("text", { x: LEFT - 6, y: at + 4, "text-anchor": "end", "font-size": 12, fill: "#5c626b" }, svg, words(value));
    }
    held.at.forEach((label, i) => make("text", { x: x(held, i), y: HIGH - BOTTOM + 16, "text-anchor": "middle", "font-size": 12, fill: "#22252b" }, svg, label));
    make("text", { x: (LEFT + WIDE) / 2, y: HIGH - 8, "text-anchor": "middle", "font-size": 12, fill: "#22252b" }, svg, held.x);
    make("text", { x: 13, y: (HIGH - BOTTOM) / 2, "text-anchor": "middle", "font-size": 12, fill: "#22252b", transform: `rotate(-90 13 ${(HIGH - BOTTOM) / 2})` }, svg, held.y);
    return svg;
  }
  function marks(held, svg, values, colour, dash, shift = 0) {
    const layer = make("g", {}, svg), foot = y(held, held.low), half = 0.28 * (WIDE - LEFT - RIGHT) / held.at.length;
    const draw = () => {
      layer.replaceChildren();
      if (held.bars) values.forEach((value, i) => make("rect", { x: x(held, i) - half / 2 + shift * half, width: half, y: y(held, value), height: Math.max(1, foot - y(held, value)), fill: colour }, layer));
      else make("polyline", { points: values.map((value, i) => `${x(held, i)},${y(held, value)}`).join(" "), fill: "none", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash }, layer);
    };
    draw();
    return draw;
  }
  function pad(card, held) { // the one to draw on
    const values = known(card.dataset.key)?.slice() ?? held.at.map(() => (held.low + held.high) / 2), svg = frame(held);
    const line = marks(held, svg, values, "#1f6fb8", ""), step = (held.high - held.low) / 50;
    const knobs = values.map((_, i) => make("circle", { r: 8, fill: "#1f6fb8", stroke: "#fff", "stroke-width": 2, tabindex: 0, role: "slider", "aria-label": `${held.y} at ${held.at[i]}`, "aria-valuemin": held.low, "aria-valuemax": held.high, style: "cursor:ns-resize" }, svg));
    const set = (i, value) => { values[i] = Math.min(held.high, Math.max(held.low, value)); place(); };
    const place = () => {
      line();
      knobs.forEach((knob, i) => {
        knob.setAttribute("cx", x(held, i));
        knob.setAttribute("cy", y(held, values[i]));
        knob.setAttribute("aria-valuenow", values[i]);
        knob.setAttribute("aria-valuetext", words(values[i]));
      });
    };
    const hand = (event) => {
      const box = svg.getBoundingClientRect(), across = (event.clientX - box.left) * WIDE / box.width, up = (event.clientY - box.top) * HIGH / box.height;
      const i = values.map((_, k) => Math.abs(x(held, k) - across)).reduce((best, gap, k, all) => (gap < all[best] ? k : best), 0);
      set(i, held.low + (HIGH - BOTTOM - up) / (HIGH - BOTTOM - TOP) * (held.high - held.low));
    };
    svg.addEventListener("pointerdown", (event) => { svg.setPointerCapture(event.pointerId); hand(event); });
    svg.addEventListener("pointermove", (event) => { if (event.buttons) hand(event); });
    knobs.forEach((knob, i) => knob.addEventListener("keydown", (event) => {
      const by = { ArrowUp: step, ArrowDown: -step, PageUp: 5 * step, PageDown: -5 * step }[event.key];
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1 }[event.key];
      if (by) set(i, values[i] + by);
      else if (event.key === "Home" || event.key === "End") set(i, event.key === "Home" ? held.low : held.high);
      else if (to !== undefined) knobs[to]?.focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }));
    place();
    const button = card.querySelector("button");
    card.querySelector(".ssl-pad").replaceChildren(svg);
    button.hidden = false;
    button.addEventListener("click", () => keep(card.dataset.key, values.slice()));
  }
  function show(card) {
    const held = JSON.parse(card.querySelector('script[type="application/json"]').textContent), guess = known(card.dataset.key);
    const said = card.querySelector(".ssl-said"), answer = card.querySelector("details");
    if (!answer) {
      said.textContent = guess ? "Committed. The measurement comes further down." : "Draw it before you go on: drag the points, or move them with the arrow keys. Nobody marks it.";
      return;
    }
    said.textContent = guess ? "" : "You have drawn nothing yet. Draw it above, and the answer opens.";
    if (!guess) return;
    const svg = frame(held), off = guess.reduce((sum, value, i) => sum + Math.abs(value - held.measured[i]), 0) / guess.length;
    marks(held, svg, guess, "#1f6fb8", "6 5", -0.55);
    marks(held, svg, held.measured, "#bd1f01", "", 0.55);
    const text = `On average your drawing (${held.bars ? "left, blue" : "dashed, blue"}) is ${words(off)} away from what was measured (red), on a scale from ${words(held.low)} to ${words(held.high)}.`;
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${text} ${held.told}`);
    card.querySelector(".ssl-both").replaceChildren(svg);
    card.querySelector(".ssl-verdict").textContent = text;
    answer.open = true;
  }
  function wire(card) {
    card.dataset.wired = "yes";
    const data = card.querySelector('script[type="application/json"]');
    if (!data) return card.removeAttribute("data-wired"); // not trusted
    if (card.dataset.guess) memory[card.dataset.key] = JSON.parse(card.dataset.guess); // made in Python
    if (card.querySelector(".ssl-pad")) pad(card, JSON.parse(data.textContent));
    document.querySelectorAll(".ssl-sketch[data-wired]").forEach(show);
  }
  const start = () => document.querySelectorAll(".ssl-sketch:not([data-wired])").forEach(wire);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  start();
})();
