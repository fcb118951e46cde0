// Click a patch of the left picture: every patch of the right one is lit by how like it is, and the most similar one is framed.
(() => {
  function wire(root) {
    root.dataset.wired = "yes";
    const held = root.querySelector('script[type="application/json"]');
    if (!held) return; // in a notebook that is not trusted, open beside this one
    const data = JSON.parse(held.textContent);
    root.querySelector(".ssl-matches-still").remove();
    let { pair, network, at } = data;
    const make = (tag, name, parent) => {
      const made = document.createElement(tag);
      if (name) made.className = name;
      return parent.appendChild(made);
    };
    const unpack = ([shape, packed]) => {
      const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
      return { shape, cosines: new Int8Array(bytes.buffer) };
    };
    const choice = (label, names, now, chosen) => {
      const row = make("div", "ssl-matches-choice", root);
      row.setAttribute("role", "group");
      row.setAttribute("aria-label", label);
      const buttons = names.map((name) => {
        const button = make("button", "", row);
        button.type = "button";
        button.textContent = name;
        button.setAttribute("aria-pressed", name === now);
        button.addEventListener("click", () => {
          buttons.forEach((other) => other.setAttribute("aria-pressed", other === button));
          chosen(name);
          build();
        });
        return button;
      });
    };
    const pairs = Object.keys(data.pairs), networks = Object.keys(data.cosines);
    if (pairs.length > 1) choice("pair of pictures", pairs, pair, (name) => (pair = name));
    if (networks.length > 1) choice("network", networks, network, (name) => (network = name));
    const sides = make("div", "ssl-matches-sides", root);
    const said = make("div", "ssl-matches-said", root);
    said.setAttribute("role", "status");
    let cells, lights, now;

    function picture(source, rows, columns, tag, label) {
      const frame = make("div", "ssl-matches-picture", sides);
      const image = make("img", "", frame);
      image.src = source;
      image.alt = label;
      image.width = data.size;
      const grid = make("div", "ssl-matches-grid", frame);
      grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
      grid.style.gridTemplateRows = `repeat(${rows}, 1fr)`;
      return Array.from({ length: rows * columns }, () => make(tag, "", grid));
    }
    function build() {
      now = unpack(data.cosines[network][pair]);
      const [h, w, hh, ww] = now.shape;
      at = [Math.min(at[0], h - 1), Math.min(at[1], w - 1)];
      sides.replaceChildren();
      cells = picture(data.pairs[pair][0], h, w, "button", `${pair}, the picture to ask about`);
      lights = picture(data.pairs[pair][1], hh, ww, "div", `${pair}, lit by how like the chosen patch it is`);
      cells.forEach((cell, i) => {
        cell.type = "button";
        cell.setAttribute("aria-label", `patch in row ${Math.floor(i / w) + 1}, column ${(i % w) + 1}`);
        cell.addEventListener("click", () => select(Math.floor(i / w), i % w));
      });
      select(...at);
    }
    function select(row, column, focus = false) {
      const [h, w, hh, ww] = now.shape;
      at = [row, column];
      const chosen = row * w + column;
      cells.forEach((cell, i) => {
        cell.classList.toggle("ssl-here", i === chosen);
        cell.setAttribute("aria-pressed", i === chosen);
        cell.tabIndex = i === chosen ? 0 : -1; // one stop for Tab; the arrow keys go from patch to patch
      });
      if (focus) cells[chosen].focus();
      const here = now.cosines.subarray(chosen * hh * ww, (chosen + 1) * hh * ww);
      let best = 0, least = 127;
      here.forEach((value, i) => { if (value > here[best]) best = i; least = Math.min(least, value); });
      lights.forEach((light, i) => {
        const share = (here[i] - least) / Math.max(here[best] - least, 1);
        light.style.background = `rgba(16, 20, 28, ${0.8 * (1 - share)})`;
        light.classList.toggle("ssl-here", i === best);
      });
      said.textContent = `Row ${row + 1}, column ${column + 1}: most like it is row ${Math.floor(best / ww) + 1}, column ` +
        `${(best % ww) + 1}, cosine ${(here[best] / 127).toFixed(2)} (the least like: ${(least / 127).toFixed(2)}).`;
    }
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    sides.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const [h, w] = now.shape;
      select(Math.min(Math.max(at[0] + step[0], 0), h - 1), Math.min(Math.max(at[1] + step[1], 0), w - 1), true);
    });
    root.dataset.lmSuppressShortcuts = "true";
    build();
  }
  const start = () => document.querySelectorAll(".ssl-matches:not([data-wired])").forEach(wire);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  start();
})();
