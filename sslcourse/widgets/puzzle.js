// The puzzle in the browser: it shows the tiles, swaps two that are clicked, and reports order and moves to Python. All
// puzzles and all answers of the network are here from the start; it asks for nothing over the network.

const MOVE_MS = 220;

function make(tag, className, parent, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  parent.appendChild(element);
  return element;
}

async function render({ model, el }) {
  const orders = model.get("orders"), answers = model.get("answers"), names = model.get("names");
  const grid = model.get("grid"), count = grid * grid, columns = model.get("columns");
  const sheet = await createImageBitmap(new Blob([model.get("sheet")], { type: "image/png" }));
  const [tileHeight, tileWidth] = model.get("tile");

  const root = make("div", "ssl-puzzle", el);
  root.style.setProperty("--grid", grid);
  const left = make("div", "", root);
  const heading = make("h4", "", left);
  const board = make("div", "board", left);
  board.setAttribute("role", "group");
  const said = make("p", "said", left);
  said.setAttribute("aria-live", "polite");
  const buttons = make("div", "buttons", left);
  const right = make("div", "right", root);
  right.setAttribute("aria-live", "polite");
  let held = -1; // the place that was clicked first, or -1
  let revealed = false;

  function paint(canvas, number, tile) {
    const at = number * count + tile;
    canvas.width = tileWidth; canvas.height = tileHeight;
    canvas.getContext("2d").drawImage(
      sheet, (at % columns) * tileWidth, Math.floor(at / columns) * tileHeight, tileWidth, tileHeight, 0, 0, tileWidth, tileHeight);
  }

  const rowAndColumn = (place) => `row ${Math.floor(place / grid) + 1}, column ${(place % grid) + 1}`;
  const places = Array.from({ length: count }, (_, place) => {
    const button = make("button", "tile", board);
    button.setAttribute("aria-label", `tile in ${rowAndColumn(place)}`);
    make("canvas", "", button);
    button.addEventListener("click", () => click(place));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (event.key === "Escape") { held = -1; draw(); }
      if (!step) { if (event.key === "Enter" || event.key === " ") event.stopPropagation(); return; }
      event.preventDefault();
      event.stopPropagation();
      const row = Math.floor(place / grid) + step[0], column = (place % grid) + step[1];
      if (row >= 0 && row < grid && column >= 0 && column < grid) places[row * grid + column].focus();
    });
    return button;
  });

  function click(place) {
    if (held < 0) { held = place; draw(); return; }
    const other = held;
    held = -1;
    if (other === place) { draw(); return; }
    const order = model.get("order").slice(), from = places.map((button) => button.getBoundingClientRect());
    [order[place], order[other]] = [order[other], order[place]];
    model.set("order", order);
    model.set("moves", model.get("moves") + 1);
    model.save_changes();
    draw();
    for (const [a, b] of [[place, other], [other, place]]) {
      const x = from[b].left - from[a].left, y = from[b].top - from[a].top;
      places[a].animate([{ transform: `translate(${x}px, ${y}px)`, zIndex: 2 }, { transform: "none", zIndex: 2 }], { duration: MOVE_MS, easing: "ease-out" });
    }
  }

  function start(number) {
    held = -1; revealed = false;
    model.set("number", number);
    model.set("order", orders[number].slice());
    model.set("moves", 0);
    model.save_changes();
    draw();
  }

  function button(text, action) {
    const made = make("button", "", buttons, text);
    made.addEventListener("click", action);
    return made;
  }
  const ask = answers.length ? button("Show the network's answer", () => { revealed = true; draw(); }) : null;
  button("Start again", () => start(model.get("number")));
  button("Next puzzle", () => start((model.get("number") + 1) % orders.length));

  function draw() {
    const number = model.get("number"), order = model.get("order"), moves = model.get("moves");
    const solved = order.every((tile, place) => tile === place);
    heading.textContent = `Puzzle ${number + 1} of ${orders.length}`;
    board.setAttribute("aria-label", `puzzle ${number + 1}, ${count} tiles, ${solved ? "solved" : "not solved yet"}`);
    board.classList.toggle("solved", solved);
    places.forEach((button, place) => {
      paint(button.firstChild, number, order[place]);
      button.setAttribute("aria-pressed", String(place === held));
    });
    const swaps = `${moves} ${moves === 1 ? "swap" : "swaps"}`;
    if (solved) said.textContent = `Solved with ${swaps}${names[number] ? `: ${names[number]}` : ""}.`;
    else if (held >= 0) said.textContent = `Tile of ${rowAndColumn(held)}: click the tile that it shall change places with.`;
    else said.textContent = moves ? `${swaps} so far.` : "Click two tiles and they change places.";
    if (ask) { ask.disabled = revealed; drawAnswer(number); }
  }

  function drawAnswer(number) {
    right.replaceChildren();
    if (!revealed) return;
    make("h4", "", right, "The network's answer");
    const small = make("div", "board small", right), answer = answers[number];
    let inPlace = 0;
    answer.forEach((tile, place) => {
      const cell = make("div", tile === place ? "cell" : "cell wrong", small);
      paint(make("canvas", "", cell), number, tile);
      inPlace += tile === place;
    });
    const verdict = inPlace === count ? "Right: every tile is in its place." : `Wrong: ${inPlace} of ${count} tiles in place; the others are outlined.`;
    small.setAttribute("role", "img");
    small.setAttribute("aria-label", `the tiles as the network lays them. ${verdict}`);
    make("p", "", right, verdict);
    if (model.get("chance")) make("p", "hint", right, model.get("chance"));
  }

  model.on("change:order", draw);
  model.on("change:number", () => { held = -1; revealed = false; draw(); });
  model.on("change:moves", draw);
  draw();
}

export default { render };
