// The explorer in the browser: it draws what Python computed (points, neighbours, one sheet of images) and reports the dot
// that was clicked. It asks for nothing over the network.

const LARGEST = 520, PAD = 22, MOVE_MS = 700, SIDE = 290, SMALL = 96;
// Neighbouring colours of the palette have different shapes, so that ten classes of small dots can be told apart.
const SHAPES = ["circle", "square", "triangle", "diamond", "circle", "square", "diamond", "circle", "square", "triangle"];

function trace(draw2d, shape, x, y, r) {
  draw2d.beginPath();
  if (shape === "circle") draw2d.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === "square") draw2d.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  else {
    const corners = shape === "diamond" ? [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]] : [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]];
    corners.forEach(([u, v], i) => draw2d[i ? "lineTo" : "moveTo"](x + u * r, y + v * r));
    draw2d.closePath();
  }
}

function floats(view) { return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)); }
function ints(view) { return new Int32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)); }
function make(tag, className, parent, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  parent.appendChild(element);
  return element;
}

async function render({ model, el }) {
  const names = model.get("names"), labels = model.get("labels"), classes = model.get("classes");
  const colours = model.get("colours"), k = model.get("k"), n = labels.length;
  const points = floats(model.get("points")), nearest = ints(model.get("nearest"));
  const sheet = await createImageBitmap(new Blob([model.get("sheet")], { type: "image/png" }));
  const [tileHeight, tileWidth] = model.get("tile"), columns = model.get("columns");

  const root = make("div", "ssl-explorer", el);
  const left = make("div", "", root);
  const buttons = make("div", "maps", left);
  const canvas = make("canvas", "map", left);
  const ratio = window.devicePixelRatio || 1;
  let size = LARGEST;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const draw2d = canvas.getContext("2d");
  const legend = make("div", "legend", left);
  const chosen = new Set(); // classes to look at; all of them while it is empty
  const seen = (i) => chosen.size === 0 || chosen.has(labels[i]);
  classes.forEach((name, label) => {
    const chip = make("button", "", legend, name), mark = document.createElement("canvas");
    chip.title = "Show only this class, and those that you choose with it";
    chip.setAttribute("aria-pressed", "false");
    mark.width = mark.height = 12 * ratio;
    chip.prepend(mark);
    const draw = mark.getContext("2d");
    draw.scale(ratio, ratio);
    draw.fillStyle = colours[label % colours.length];
    trace(draw, SHAPES[label % SHAPES.length], 6, 6, 4);
    draw.fill();
    chip.addEventListener("click", () => {
      if (!chosen.delete(label)) chosen.add(label);
      chip.setAttribute("aria-pressed", String(chosen.has(label)));
      drawBase();
      drawMap();
    });
  });
  make("div", "hint", left, "Point at a dot · click to keep it · arrow keys walk to the next dot");
  const side = make("div", "side", root);
  side.setAttribute("aria-live", "polite");

  // Where the dots are now, in pixels of the canvas; they glide when another map is chosen.
  const within = (map, i, side, pad) => [
    pad + points[2 * (map * n + i)] * (side - 2 * pad), side - pad - points[2 * (map * n + i) + 1] * (side - 2 * pad)];
  const place = (map, i) => within(map, i, size, PAD);
  let at = Array.from({ length: n }, (_, i) => place(names.indexOf(model.get("map")), i));
  let shown = model.get("selected");

  // All dots, drawn once for a size, a map and a choice of classes: what is pointed at is drawn over them.
  const base = document.createElement("canvas");
  function dots(target, side, r, where) {
    target.width = target.height = side * ratio;
    const draw = target.getContext("2d");
    draw.scale(ratio, ratio);
    for (const pale of [true, false]) {
      draw.globalAlpha = pale ? 0.08 : 0.75;
      for (let i = 0; i < n; i++) {
        if (seen(i) === pale) continue;
        draw.fillStyle = colours[labels[i] % colours.length];
        trace(draw, SHAPES[labels[i] % SHAPES.length], ...where(i), r);
        draw.fill();
      }
    }
  }
  function drawBase() {
    dots(base, size, 2.8, (i) => at[i]);
    smalls.forEach(({ base: small }, map) => dots(small, SMALL, 1.1, (i) => within(map, i, SMALL, 6)));
  }

  function drawMap() {
    draw2d.setTransform(1, 0, 0, 1, 0, 0);
    draw2d.clearRect(0, 0, canvas.width, canvas.height);
    draw2d.drawImage(base, 0, 0);
    draw2d.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawSmalls();
    const near = nearest.subarray(shown * k, (shown + 1) * k);
    draw2d.strokeStyle = "#22252b";
    draw2d.lineWidth = 1;
    for (const j of near) {
      draw2d.beginPath(); draw2d.moveTo(...at[shown]); draw2d.lineTo(...at[j]); draw2d.stroke();
    }
    for (const j of near) dot(j, 5, 1.5);
    dot(shown, 8, 2.5);
  }

  function dot(i, radius, line) {
    draw2d.fillStyle = colours[labels[i] % colours.length];
    draw2d.lineWidth = line;
    trace(draw2d, SHAPES[labels[i] % SHAPES.length], at[i][0], at[i][1], radius);
    draw2d.fill();
    draw2d.stroke();
  }

  // The same image and its neighbours on every map, small, on the button that chooses the map.
  const smalls = [];
  function drawSmalls() {
    smalls.forEach(({ canvas: small, base: dotted }, map) => {
      const draw = small.getContext("2d");
      draw.setTransform(1, 0, 0, 1, 0, 0);
      draw.clearRect(0, 0, small.width, small.height);
      draw.drawImage(dotted, 0, 0);
      draw.scale(ratio, ratio);
      draw.strokeStyle = "#22252b";
      for (const i of [...nearest.subarray(shown * k, (shown + 1) * k), shown]) {
        draw.fillStyle = colours[labels[i] % colours.length];
        draw.lineWidth = i === shown ? 1.6 : 0.7;
        trace(draw, SHAPES[labels[i] % SHAPES.length], ...within(map, i, SMALL, 6), i === shown ? 5 : 2.6);
        draw.fill();
        draw.stroke();
      }
    });
  }

  function tile(parent, i, className) {
    const picture = make("canvas", className, parent);
    picture.width = tileWidth; picture.height = tileHeight;
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", `image ${i}, ${classes[labels[i]]}`);
    picture.getContext("2d").drawImage(
      sheet, (i % columns) * tileWidth, Math.floor(i / columns) * tileHeight, tileWidth, tileHeight, 0, 0, tileWidth, tileHeight);
  }

  function drawSide() {
    side.replaceChildren();
    make("h4", "", side, `Image ${shown}: class ${classes[labels[shown]]}`);
    tile(side, shown, "main");
    const near = nearest.subarray(shown * k, (shown + 1) * k);
    const same = near.filter((j) => labels[j] === labels[shown]).length;
    make("p", "", side, `Its ${k} nearest neighbours in the original space; ${same} of ${k} have its class:`);
    const grid = make("div", "near", side);
    for (const j of near) {
      const figure = make("figure", labels[j] === labels[shown] ? "same" : "other", grid);
      tile(figure, j, "");
      make("figcaption", "", figure, classes[labels[j]]);
    }
    canvas.setAttribute("aria-label",
      `${model.get("map")} map of ${n} images. Selected: image ${shown}, ${classes[labels[shown]]}; ${same} of its ${k} neighbours have its class.`);
  }

  function show(i) { if (i < 0) return; shown = i; drawMap(); drawSide(); }

  function closest(x, y, skip) {
    let best = -1, least = Infinity;
    for (let i = 0; i < n; i++) {
      const d = (at[i][0] - x) ** 2 + (at[i][1] - y) ** 2;
      if (d < least && seen(i) && !(skip && skip(i))) { least = d; best = i; }
    }
    return best;
  }

  function keep(i) { model.set("selected", i); model.save_changes(); show(i); }

  canvas.addEventListener("pointermove", (event) => show(closest(event.offsetX, event.offsetY)));
  canvas.addEventListener("pointerleave", () => show(model.get("selected")));
  canvas.addEventListener("click", (event) => {
    canvas.focus();
    const found = closest(event.offsetX, event.offsetY);
    if (found >= 0) keep(found);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y] = at[shown];
    const behind = (i) => {
      const dx = at[i][0] - x, dy = at[i][1] - y, along = dx * step[0] + dy * step[1];
      return i === shown || along <= 0 || Math.abs(dx * step[1]) + Math.abs(dy * step[0]) > along;
    };
    const next = closest(x, y, behind);
    if (next >= 0) keep(next);
  });

  function glide() {
    const from = at.map((p) => p.slice()), map = names.indexOf(model.get("map")), start = performance.now();
    function frame(now) {
      const t = Math.min(1, (now - start) / MOVE_MS), ease = t * t * (3 - 2 * t);
      at = from.map(([x, y], i) => { const [u, v] = place(map, i); return [x + (u - x) * ease, y + (v - y) * ease]; });
      dots(base, size, 2.8, (i) => at[i]);
      drawMap();
      if (t < 1) requestAnimationFrame(frame); else drawSide();
    }
    requestAnimationFrame(frame);
    for (const button of buttons.children) button.setAttribute("aria-pressed", String(button.textContent === model.get("map")));
  }

  for (const name of names) {
    const button = make("button", "", buttons, name);
    button.setAttribute("aria-pressed", String(name === model.get("map")));
    button.addEventListener("click", () => { model.set("map", name); model.save_changes(); });
    if (names.length === 1) continue;
    const small = document.createElement("canvas");
    small.width = small.height = SMALL * ratio;
    small.style.width = small.style.height = SMALL + "px";
    button.prepend(small);
    smalls.push({ canvas: small, base: document.createElement("canvas") });
  }

  // As wide as the page allows: the pictures stand beside the map from 700 pixels on, under it below that.
  function fit() {
    const width = el.clientWidth || LARGEST + SIDE, beside = width >= 700;
    const wanted = Math.max(240, Math.min(LARGEST, Math.floor(beside ? width - SIDE : width - 4)));
    root.style.flexWrap = beside ? "nowrap" : "wrap";
    left.style.maxWidth = wanted + "px";
    if (wanted === size && canvas.style.width) return;
    size = wanted;
    canvas.width = canvas.height = size * ratio;
    canvas.style.width = canvas.style.height = size + "px";
    at = at.map((_, i) => place(names.indexOf(model.get("map")), i));
    drawBase();
    drawMap();
  }
  fit();
  const watch = new ResizeObserver(fit);
  watch.observe(el);
  model.on("change:map", glide);
  model.on("change:selected", () => show(model.get("selected")));
  show(shown);
  return () => watch.disconnect();
}

export default { render };
