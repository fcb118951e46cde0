// The explorer in the browser: it draws what Python computed (points, neighbours, one sheet of images) and reports the dot
// that was clicked. It asks for nothing over the network. What it draws with is in explorer_dots.js and explorer_map.js.

const LARGEST = 520, MOVE_MS = 700, SIDE = 290;
const HINT = "Point at a dot · click to keep it · arrow keys walk to the next dot · + and − zoom, as Ctrl and the wheel do: "
  + `${THUMBNAILS} times as large, a dot is its picture · drag to move`;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOM_KEYS = { "+": true, "=": true, "-": false, "−": false };

async function render({ model, el }) {
  const names = model.get("names"), labels = model.get("labels"), classes = model.get("classes");
  const colours = model.get("colours"), k = model.get("k"), n = labels.length, tileSize = model.get("tile");
  const nearest = ints(model.get("nearest"));
  const sheet = await createImageBitmap(new Blob([model.get("sheet")], { type: "image/png" }));
  const drawTile = album(sheet, tileSize, model.get("columns"));
  const chosen = new Set(); // classes to look at; all of them while it is empty
  const paint = painter({
    n, k, labels, colours, nearest, drawTile, tile: tileSize, points: floats(model.get("points")),
    seen: (i) => chosen.size === 0 || chosen.has(labels[i]),
  });
  const { lens } = paint;
  const here = () => names.indexOf(model.get("map"));
  let shown = model.get("selected");

  const root = make("div", "ssl-explorer", el);
  const left = make("div", "", root);
  const buttons = make("div", "maps", left);
  const frame = make("div", "frame", left);
  const canvas = make("canvas", "map", frame);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const zooming = make("div", "zoom", frame);
  const zooms = ["Zoom in", "Zoom out"].map((words, out) => {
    const button = make("button", "", zooming, out ? "−" : "+");
    button.title = words;
    button.setAttribute("aria-label", words);
    button.addEventListener("click", () => zoom(!out));
    return button;
  });
  const legend = make("div", "legend", left);
  classes.forEach((name, label) => {
    const chip = make("button", "", legend, name), mark = document.createElement("canvas");
    chip.title = "Show only this class, and those that you choose with it";
    chip.setAttribute("aria-pressed", "false");
    mark.width = mark.height = 24;
    chip.prepend(mark);
    const draw = mark.getContext("2d");
    draw.fillStyle = colours[label % colours.length];
    trace(draw, SHAPES[label % SHAPES.length], 12, 12, 8);
    draw.fill();
    chip.addEventListener("click", () => {
      if (!chosen.delete(label)) chosen.add(label);
      chip.setAttribute("aria-pressed", String(chosen.has(label)));
      paint.drawDots();
      paint.drawSmallDots();
      drawMap();
    });
  });
  make("div", "hint", left, HINT);
  const side = make("div", "side", root);
  side.setAttribute("aria-live", "polite");

  const drawMap = () => paint.draw(canvas, shown);

  function tile(parent, i, className) {
    const picture = make("canvas", className, parent);
    [picture.height, picture.width] = tileSize;
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", `image ${i}, ${classes[labels[i]]}`);
    drawTile(picture.getContext("2d"), i, 0, 0, picture.width, picture.height);
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
      `${model.get("map")} map of ${n} images. Selected: image ${shown}, ${classes[labels[shown]]}; ${same} of its ${k} neighbours have its class.`
      + (lens.zoom > 1 ? ` Zoomed in ${+lens.zoom.toFixed(1)} times.` : ""));
  }

  function show(i) {
    if (i < 0) return;
    shown = i;
    drawMap();
    drawSide();
  }
  function keep(i) { model.set("selected", i); model.save_changes(); show(i); }

  function look() { // after the lens has moved
    zooms[0].disabled = lens.zoom >= MOST_ZOOM;
    zooms[1].disabled = lens.zoom <= 1;
    paint.drawDots();
    show(shown);
  }
  function zoom(into) {
    lens.step(into, paint.on(shown), paint.size);
    lens.follow(paint.at[shown], paint.size);
    look();
  }

  let held = null, dragged = false; // where the mouse took hold of the map, and whether it has moved it since
  canvas.addEventListener("pointerdown", (event) => { held = [event.offsetX, event.offsetY]; dragged = false; });
  canvas.addEventListener("pointermove", (event) => {
    const { offsetX: x, offsetY: y } = event;
    if (!event.buttons) held = null;
    if (!held || lens.zoom === 1 || !(dragged || Math.hypot(x - held[0], y - held[1]) > 4)) return show(paint.closest(x, y));
    if (!dragged) canvas.setPointerCapture(event.pointerId);
    dragged = true;
    lens.move(x - held[0], y - held[1], paint.size);
    held = [x, y];
    paint.drawDots();
    drawMap();
  });
  canvas.addEventListener("pointerleave", () => show(model.get("selected")));
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    lens.to(lens.zoom * Math.exp(-event.deltaY / 250), [event.offsetX, event.offsetY], paint.size);
    look();
  }, { passive: false });
  canvas.addEventListener("click", (event) => {
    canvas.focus();
    const found = dragged ? -1 : paint.closest(event.offsetX, event.offsetY);
    if (found >= 0) keep(found);
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || !(event.key in STEPS || event.key in ZOOM_KEYS)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key in ZOOM_KEYS) return zoom(ZOOM_KEYS[event.key]);
    const next = paint.beyond(shown, STEPS[event.key]);
    if (next < 0) return;
    lens.follow(paint.at[next], paint.size);
    paint.drawDots();
    keep(next);
  });

  function glide() {
    const from = paint.at.map((p) => p.slice()), map = here(), start = performance.now();
    function step(now) {
      const t = Math.min(1, (now - start) / MOVE_MS), ease = t * t * (3 - 2 * t);
      paint.at = from.map(([x, y], i) => { const [u, v] = paint.place(map, i); return [x + (u - x) * ease, y + (v - y) * ease]; });
      lens.follow(paint.at[shown], paint.size);
      paint.drawDots();
      drawMap();
      if (t < 1) requestAnimationFrame(step); else drawSide();
    }
    requestAnimationFrame(step);
    for (const button of buttons.children) button.setAttribute("aria-pressed", String(button.textContent === model.get("map")));
  }

  for (const name of names) {
    const button = make("button", "", buttons, name);
    button.setAttribute("aria-pressed", String(name === model.get("map")));
    button.addEventListener("click", () => { model.set("map", name); model.save_changes(); });
    if (names.length > 1) button.prepend(paint.small());
  }

  // As wide as the page allows: the pictures stand beside the map from 700 pixels on, under it below that.
  function fit() {
    const width = el.clientWidth || LARGEST + SIDE, beside = width >= 700;
    const wanted = Math.max(240, Math.min(LARGEST, Math.floor(beside ? width - SIDE : width - 4)));
    root.style.flexWrap = beside ? "nowrap" : "wrap";
    left.style.maxWidth = wanted + "px";
    if (wanted === paint.size) return;
    paint.resize(canvas, wanted);
    paint.at = paint.at.map((_, i) => paint.place(here(), i));
    paint.drawSmallDots();
    look();
  }
  fit();
  const watch = new ResizeObserver(fit);
  watch.observe(el);
  model.on("change:map", glide);
  model.on("change:selected", () => show(model.get("selected")));
  return () => watch.disconnect();
}

export default { render };
