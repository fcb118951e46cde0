// What the explorer draws a map with: shapes, dots, thumbnails, and the part of the map that is in view.

// Neighbouring colours of the palette have different shapes, so that ten classes of small dots can be told apart.
const SHAPES = ["circle", "square", "triangle", "diamond", "circle", "square", "diamond", "circle", "triangle", "square"];
const MOST_ZOOM = 16, THUMBNAILS = 4; // so many times as large a map can be, and from where on its dots are pictures

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

// All images in one sheet; a tile is one of them.
function album(sheet, [height, width], columns) {
  return (draw2d, i, x, y, w, h) => {
    const left = (i % columns) * width, top = Math.floor(i / columns) * height;
    draw2d.imageSmoothingEnabled = false;
    draw2d.drawImage(sheet, left, top, width, height, x, y, w, h);
  };
}

// The part of a square map that is in view: `zoom` times as large as it is, moved by (x, y); it always fills the square.
class Lens {
  constructor() { this.zoom = 1; this.x = this.y = 0; }
  get thumbnails() { return this.zoom >= THUMBNAILS; }
  get side() { return Math.min(48, 4 + 5 * this.zoom); } // of a thumbnail
  get radius() { return 2.8 * this.zoom ** 0.35; } // of a dot
  show([x, y]) { return [x * this.zoom + this.x, y * this.zoom + this.y]; }
  move(dx, dy, size) {
    const within = (value) => Math.min(0, Math.max(size * (1 - this.zoom), value));
    this.x = within(this.x + dx);
    this.y = within(this.y + dy);
  }
  to(zoom, [x, y], size) { // what is at (x, y) stays there
    const before = this.zoom;
    this.zoom = Math.min(MOST_ZOOM, Math.max(1, zoom));
    const grown = this.zoom / before - 1;
    this.move((this.x - x) * grown, (this.y - y) * grown, size);
  }
  step(up, point, size) { // to the next power of two
    const power = Math.log2(this.zoom);
    this.to(2 ** (up ? Math.floor(power + 1.001) : Math.ceil(power - 1.001)), point, size);
  }
  follow(point, size) { // bring a point of the map into view where it is not
    const [x, y] = this.show(point);
    if (Math.min(x, y) < 20 || Math.max(x, y) > size - 20) this.move(size / 2 - x, size / 2 - y, size);
  }
}
