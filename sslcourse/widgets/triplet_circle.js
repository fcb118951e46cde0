// One triplet on the unit circle, in the browser. `geometry` is TripletCircle's arithmetic (triplet_circle.py) once more, so
// that dragging never waits for Python; a test holds the two against each other. It asks for nothing over the network.

const NAMES = ["anchor", "positive", "negative"], LETTERS = ["a", "p", "n"];
const INK = "currentColor", BLUE = "#3f90da", RED = "#bd1f01";
const REGIONS = { hard: "#bd1f01", "semi-hard": "#ffa90e", easy: "#c9ccd1" };
const SVG = "http://www.w3.org/2000/svg", STEP = 0.1; // radians a unit of gradient
const SAYS = {
  hard: "The negative is as near as the positive, or nearer.",
  "semi-hard": "The order is right, but the margin is not kept.",
  easy: "The margin is kept: no loss, no gradient, nothing to learn here.",
};

const radians = (degrees) => (degrees * Math.PI) / 180;
const round360 = (degrees) => ((degrees % 360) + 360) % 360;

export function geometry(angles, margin) {
  const [a, p, n] = angles.map(radians);
  const toPositive = 2 - 2 * Math.cos(a - p), toNegative = 2 - 2 * Math.cos(a - n);
  const loss = Math.max(0, toPositive - toNegative + margin);
  const pull = loss > 0 ? 2 * Math.sin(p - a) : 0, push = loss > 0 ? 2 * Math.sin(n - a) : 0;
  const region = toNegative <= toPositive ? "hard" : toNegative < toPositive + margin ? "semi-hard" : "easy";
  const limits = [1 - toPositive / 2, Math.max(-1, 1 - (toPositive + margin) / 2)].map((c) => (Math.acos(c) * 180) / Math.PI);
  return { toPositive, toNegative, loss, region, gradients: [push - pull, pull, -push], limits };
}

export function descend(angles, margin, steps) {
  for (let i = 0; i < steps; i++) {
    const { gradients } = geometry(angles, margin);
    angles = angles.map((angle, k) => round360(angle - (STEP * gradients[k] * 180) / Math.PI));
  }
  return angles;
}

function make(tag, className, parent, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  parent.appendChild(element);
  return element;
}

function shape(tag, parent, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.appendChild(element);
  return element;
}

const place = (degrees, radius = 1) => [radius * Math.cos(radians(degrees)), -radius * Math.sin(radians(degrees))];

function arc(from, to) { // along the circle, anticlockwise, in degrees
  const [x0, y0] = place(from), [x1, y1] = place(to);
  return `M ${x0} ${y0} A 1 1 0 ${to - from > 180 ? 1 : 0} 0 ${x1} ${y1}`;
}

function render({ model, el }) {
  const root = make("div", "ssl-triplet", el);
  const svg = shape("svg", root, { viewBox: "-1.62 -1.62 3.24 3.24", role: "group", "aria-label": "a triplet on the unit circle" });
  const defs = shape("defs", svg, {});
  const clip = shape("clipPath", defs, { id: `ssl-triplet-${Math.random().toString(36).slice(2)}` });
  shape("rect", clip, { x: -1.62, y: -1.62, width: 3.24, height: 3.24 });
  const rings = shape("g", svg, { "clip-path": `url(#${clip.id})` }), track = shape("g", svg, {});
  const links = shape("g", svg, {}), arrows = shape("g", svg, {});
  const colours = [INK, BLUE, RED];
  const dots = NAMES.map((name, k) => {
    const group = shape("g", svg, { class: "dot", tabindex: 0, role: "slider", "aria-valuemin": 0, "aria-valuemax": 360, "aria-label": name });
    shape("circle", group, { r: 0.115, fill: colours[k] });
    const letter = shape("text", group, { "text-anchor": "middle", dy: 0.055, class: k ? "letter" : "letter on-ink" });
    letter.textContent = LETTERS[k];
    group.addEventListener("pointerdown", (event) => { group.setPointerCapture(event.pointerId); group.focus(); event.preventDefault(); });
    group.addEventListener("pointermove", (event) => { if (group.hasPointerCapture(event.pointerId)) move(k, degreesAt(event)); });
    group.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: 2, ArrowUp: 2, ArrowRight: -2, ArrowDown: -2 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      move(k, model.get("angles")[k] + step * (event.shiftKey ? 5 : 1));
    });
    return group;
  });

  const side = make("div", "side", root);
  const verdict = make("p", "verdict", side);
  const numbers = make("dl", "numbers", side);
  const cells = ["‖a − p‖²", "‖a − n‖²", "margin α", "loss"].map((name) => {
    make("dt", "", numbers, name);
    return make("dd", "", numbers);
  });
  const said = make("p", "said", side);
  const label = make("label", "", side, "margin α ");
  const slider = make("input", "", label);
  Object.assign(slider, { type: "range", min: 0.05, max: 2, step: 0.05 });
  slider.addEventListener("input", () => { model.set("margin", Number(slider.value)); model.save_changes(); draw(); });
  const buttons = make("div", "buttons", side);
  for (const [text, steps] of [["One step", 1], ["Ten steps", 10]]) {
    make("button", "", buttons, text).addEventListener("click", () => put(descend(model.get("angles"), model.get("margin"), steps)));
  }
  make("button", "", buttons, "Start again").addEventListener("click", () => put(model.get("start").slice()));
  make("p", "hint", side, "Drag a, p and n, or Tab to one and use the arrow keys. A step moves all three along their arrows.");
  const key = make("p", "key", side);
  for (const name of ["hard", "semi-hard", "easy"]) make("span", "", key, name).style.setProperty("--colour", REGIONS[name]);
  make("span", "plain", key, "where the negative would be what");

  function degreesAt(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return (Math.atan2(-at.y, at.x) * 180) / Math.PI;
  }

  function move(k, degrees) {
    const angles = model.get("angles").slice();
    angles[k] = round360(degrees);
    put(angles);
  }

  function put(angles) {
    model.set("angles", angles);
    model.save_changes();
    draw();
  }

  function arrow(k, angle, gradient) {
    const length = 0.26 * Math.abs(gradient), way = gradient > 0 ? -1 : 1; // descent goes against the gradient
    if (length < 0.02) return;
    const [x, y] = place(angle, 1.26), [tx, ty] = place(angle + 90 * way);
    const end = [x + tx * length, y + ty * length], [nx, ny] = [-ty, tx];
    shape("line", arrows, { x1: x, y1: y, x2: end[0], y2: end[1], stroke: colours[k], "stroke-width": 0.03, "stroke-linecap": "round" });
    const back = [end[0] - tx * 0.075, end[1] - ty * 0.075];
    const tip = [end[0] + tx * 0.035, end[1] + ty * 0.035];
    const corners = [tip, [back[0] + nx * 0.06, back[1] + ny * 0.06], [back[0] - nx * 0.06, back[1] - ny * 0.06]];
    shape("polygon", arrows, { points: corners.map((corner) => corner.join(",")).join(" "), fill: colours[k] });
  }

  function draw() {
    const angles = model.get("angles"), margin = model.get("margin"), g = geometry(angles, margin);
    for (const group of [rings, track, links, arrows]) group.replaceChildren();
    const [cx, cy] = place(angles[0]);
    shape("circle", rings, { cx, cy, r: Math.sqrt(g.toPositive), fill: "none", stroke: BLUE, "stroke-width": 0.014 });
    shape("circle", rings, {
      cx, cy, r: Math.sqrt(g.toPositive + margin), fill: "none", stroke: BLUE, "stroke-width": 0.014, "stroke-dasharray": "0.03 0.035" });
    const [hard, semi] = g.limits, a = angles[0];
    const parts = [[a - hard, a + hard, "hard"], [a + hard, a + semi, "semi-hard"], [a - semi, a - hard, "semi-hard"], [a + semi, a + 360 - semi, "easy"]];
    for (const [from, to, name] of parts) {
      if (to - from > 0.01) shape("path", track, { d: arc(from, Math.min(to, from + 359.9)), fill: "none", stroke: REGIONS[name], "stroke-width": 0.05 });
    }
    [[1, BLUE], [2, RED]].forEach(([k, stroke]) => {
      const [x, y] = place(angles[k]);
      shape("line", links, { x1: cx, y1: cy, x2: x, y2: y, stroke, "stroke-width": 0.016, opacity: 0.8 });
    });
    g.gradients.forEach((gradient, k) => arrow(k, angles[k], gradient));
    dots.forEach((dot, k) => {
      const [x, y] = place(angles[k]);
      dot.setAttribute("transform", `translate(${x} ${y})`);
      dot.setAttribute("aria-valuenow", Math.round(angles[k]));
      dot.setAttribute("aria-valuetext", `${Math.round(angles[k])} degrees; the negative is ${g.region}`);
    });
    verdict.textContent = g.region;
    verdict.style.setProperty("--colour", REGIONS[g.region]);
    [g.toPositive, g.toNegative, margin, g.loss].forEach((number, i) => { cells[i].textContent = number.toFixed(2); });
    said.textContent = SAYS[g.region];
    slider.value = margin;
  }

  model.on("change:angles", draw);
  model.on("change:margin", draw);
  draw();
}

export default { render };
