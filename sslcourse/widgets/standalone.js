// Panels without a kernel: every figure is in the page, and a control shows the one that belongs to its position.
(() => {
  function wire(panel) {
    const { pictures, states } = JSON.parse(panel.querySelector("script").textContent);
    const image = panel.querySelector("img");
    const controls = [...panel.querySelectorAll(".ssl-controls > *")];
    const position = controls.map((control) => {
      const slider = control.querySelector("input");
      return slider ? +slider.value : [...control.querySelectorAll("button")].findIndex((b) => b.ariaPressed === "true");
    });
    const show = () => {
      const [picture, alt] = states[position.join(",")];
      image.src = pictures[picture];
      image.alt = alt;
    };
    controls.forEach((control, index) => {
      const slider = control.querySelector("input");
      if (slider) {
        const words = JSON.parse(slider.dataset.words);
        slider.addEventListener("input", () => {
          position[index] = +slider.value;
          control.querySelector("output").textContent = words[slider.value];
          slider.setAttribute("aria-valuetext", words[slider.value]);
          show();
        });
        slider.addEventListener("pointerup", () => slider.blur()); // the arrow keys turn pages again
      }
      const buttons = [...control.querySelectorAll("button")];
      buttons.forEach((button, at) => button.addEventListener("click", (event) => {
        position[index] = at;
        buttons.forEach((other, i) => other.setAttribute("aria-pressed", i === at));
        if (event.detail) button.blur(); // a click of the mouse, not of a key
        show();
      }));
    });
    // A key that is meant for a control does not turn the page; Escape, and the keys of a clicker, leave the control.
    panel.querySelector(".ssl-controls").addEventListener("keydown", (event) => {
      const leave = ["Escape", "PageDown", "PageUp"].includes(event.key);
      if (leave) document.activeElement.blur();
      if (event.key === "Escape" || !(leave || event.key === "Tab")) event.stopPropagation();
      if (leave) event.preventDefault();
    });
  }
  const start = () => document.querySelectorAll(".ssl-panel").forEach(wire);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
