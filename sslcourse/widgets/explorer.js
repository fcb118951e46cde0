// The explorer in the browser: it draws what Python computed (points, neighbours, one sheet of images) and reports the dot
// that was clicked. It asks for nothing over the network.

const SIZE = 520, PAD = 22, MOVE_MS = 700;

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
  canvas.width = canvas.height = SIZE * ratio;
  canvas.style.width = canvas.style.height = SIZE + "px";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const draw2d = canvas.getContext("2d");
  const legend = make("div", "legend", left);
  classes.forEach((name, label) => {
    const chip = make("span", "", legend, name);
    chip.style.setProperty("--colour", colours[label % colours.length]);
  });
  make("div", "hint", left, "Point at a dot · click to keep it · arrow keys walk to the next dot");
  const side = make("div", "side", root);
  side.setAttribute("aria-live", "polite");

  // Where the dots are now, in pixels of the canvas; they glide when another map is chosen.
  const place = (map, i) => [PAD + points[2 * (map * n + i)] * (SIZE - 2 * PAD), SIZE - PAD - points[2 * (map * n + i) + 1] * (SIZE - 2 * PAD)];
  let at = Array.from({ length: n }, (_, i) => place(names.indexOf(model.get("map")), i));
  let shown = model.get("selected");

  function drawMap() {
    draw2d.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw2d.clearRect(0, 0, SIZE, SIZE);
    for (let i = 0; i < n; i++) {
      draw2d.fillStyle = colours[labels[i] % colours.length];
      draw2d.globalAlpha = 0.55;
      draw2d.beginPath();
      draw2d.arc(at[i][0], at[i][1], 2.6, 0, 2 * Math.PI);
      draw2d.fill();
    }
    draw2d.globalAlpha = 1;
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
    draw2d.beginPath();
    draw2d.arc(at[i][0], at[i][1], radius, 0, 2 * Math.PI);
    draw2d.fill();
    draw2d.stroke();
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
    make("h4", "", side, `Image ${shown}: ${classes[labels[shown]]}`);
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

  function show(i) { shown = i; drawMap(); drawSide(); }

  function closest(x, y, skip) {
    let best = -1, least = Infinity;
    for (let i = 0; i < n; i++) {
      const d = (at[i][0] - x) ** 2 + (at[i][1] - y) ** 2;
      if (d < least && !(skip && skip(i))) { least = d; best = i; }
    }
    return best;
  }

  function keep(i) { model.set("selected", i); model.save_changes(); show(i); }

  canvas.addEventListener("pointermove", (event) => show(closest(event.offsetX, event.offsetY)));
  canvas.addEventListener("pointerleave", () => show(model.get("selected")));
  canvas.addEventListener("click", (event) => { canvas.focus(); keep(closest(event.offsetX, event.offsetY)); });
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
  }
  model.on("change:map", glide);
  model.on("change:selected", () => show(model.get("selected")));
  show(shown);
}

export default { render };
