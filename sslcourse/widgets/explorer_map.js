// The explorer's maps as pictures: all dots drawn once for a size, a map, a lens and a choice of classes, and over them, each
// time that something else is pointed at, one image and its neighbours, on every map.

const PAD = 22, SMALL = 96;

function painter({ n, k, labels, colours, points, nearest, drawTile, tile, seen }) {
  const ratio = window.devicePixelRatio || 1, [tileHeight, tileWidth] = tile;
  const lens = new Lens(), base = document.createElement("canvas"), smalls = [];
  const colour = (i) => colours[labels[i] % colours.length], shape = (i) => SHAPES[labels[i] % SHAPES.length];
  const around = (i) => nearest.subarray(i * k, (i + 1) * k);
  const within = (map, i, side, pad) => [
    pad + points[2 * (map * n + i)] * (side - 2 * pad), side - pad - points[2 * (map * n + i) + 1] * (side - 2 * pad)];

  // A thumbnail in a frame.
  function picture(draw, i, side, line, x, y) {
    const width = side * Math.min(1, tileWidth / tileHeight), height = side * Math.min(1, tileHeight / tileWidth);
    draw.globalAlpha = 1;
    draw.fillRect(x - width / 2 - line, y - height / 2 - line, width + 2 * line, height + 2 * line);
    drawTile(draw, i, x - width / 2, y - height / 2, width, height);
  }

  function dots(target, side, r, where, pictures) {
    target.width = target.height = side * ratio;
    const draw = target.getContext("2d");
    draw.scale(ratio, ratio);
    for (const pale of [true, false]) {
      draw.globalAlpha = pale ? 0.08 : 0.75;
      for (let i = 0; i < n; i++) {
        if (seen(i) === pale) continue;
        const [x, y] = where(i);
        if (Math.min(x, y) < -r || Math.max(x, y) > side + r) continue;
        draw.fillStyle = colour(i);
        if (pictures && !pale) { picture(draw, i, lens.side, 2, x, y); continue; }
        trace(draw, shape(i), x, y, r);
        draw.fill();
      }
    }
  }

  function mark(draw, i, r, line, [x, y]) {
    draw.fillStyle = colour(i);
    draw.lineWidth = line;
    trace(draw, shape(i), x, y, r);
    draw.fill();
    draw.stroke();
  }

  const made = {
    lens, within, size: 0,
    at: Array.from({ length: n }, () => [0, 0]), // where the dots are on the map, in pixels; they glide to another one
    on(i) { return lens.show(made.at[i]); }, // where a dot is seen
    place(map, i) { return within(map, i, made.size, PAD); },

    // A small map for the button that chooses the map.
    small() {
      const small = document.createElement("canvas");
      small.width = small.height = SMALL * ratio;
      small.style.width = small.style.height = SMALL + "px";
      smalls.push({ canvas: small, base: document.createElement("canvas") });
      return small;
    },
    resize(canvas, size) {
      lens.x *= size / (made.size || 1);
      lens.y *= size / (made.size || 1);
      made.size = size;
      canvas.width = canvas.height = size * ratio;
      canvas.style.width = canvas.style.height = size + "px";
    },
    drawDots() { dots(base, made.size, lens.thumbnails ? lens.side : lens.radius, made.on, lens.thumbnails); },
    drawSmallDots() {
      smalls.forEach(({ base: small }, map) => dots(small, SMALL, 1.1, (i) => within(map, i, SMALL, 6), false));
    },
    draw(canvas, shown) {
      const draw = canvas.getContext("2d"), near = around(shown), ink = "#22252b";
      draw.setTransform(1, 0, 0, 1, 0, 0);
      draw.clearRect(0, 0, canvas.width, canvas.height);
      draw.drawImage(base, 0, 0);
      draw.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw.strokeStyle = ink;
      draw.lineWidth = 1;
      for (const j of near) { draw.beginPath(); draw.moveTo(...made.on(shown)); draw.lineTo(...made.on(j)); draw.stroke(); }
      for (const [i, r, line] of [...Array.from(near, (j) => [j, 5, 1.5]), [shown, 8, 2.5]]) {
        draw.fillStyle = ink;
        lens.thumbnails ? picture(draw, i, lens.side + r, 2 * line, ...made.on(i)) : mark(draw, i, r, line, made.on(i));
      }
      smalls.forEach(({ canvas: small, base: dotted }, map) => {
        const draw = small.getContext("2d");
        draw.setTransform(1, 0, 0, 1, 0, 0);
        draw.clearRect(0, 0, small.width, small.height);
        draw.drawImage(dotted, 0, 0);
        draw.scale(ratio, ratio);
        draw.strokeStyle = ink;
        for (const j of near) mark(draw, j, 2.6, 0.7, within(map, j, SMALL, 6));
        mark(draw, shown, 5, 1.6, within(map, shown, SMALL, 6));
      });
    },
    // The dot that is seen closest to a place on the screen.
    closest(left, top, skip) {
      const x = (left - lens.x) / lens.zoom, y = (top - lens.y) / lens.zoom;
      let best = -1, least = Infinity;
      for (let i = 0; i < n; i++) {
        const d = (made.at[i][0] - x) ** 2 + (made.at[i][1] - y) ** 2;
        if (d < least && seen(i) && !(skip && skip(i))) { least = d; best = i; }
      }
      return best;
    },
    // The same upwards, sideways or downwards of a dot, as the arrow keys ask for it.
    beyond(from, [across, down]) {
      const [x, y] = made.at[from];
      return made.closest(...made.on(from), (i) => {
        const dx = made.at[i][0] - x, dy = made.at[i][1] - y, along = dx * across + dy * down;
        return i === from || along <= 0 || Math.abs(dx * down) + Math.abs(dy * across) > along;
      });
    },
  };
  return made;
}
