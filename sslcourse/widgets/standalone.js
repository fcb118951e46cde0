// Panels without a kernel: every figure is in the page, and a control shows the one that belongs to its position.
(() => {
  function wire(panel) {
    panel.dataset.wired = "yes";
    const held = panel.querySelector('script[type="application/json"]');
    if (!held) return; // in a notebook that is not trusted, open beside this one
    const states = JSON.parse(held.textContent);
    const image = panel.querySelector("img");
    const pictures = {};
    for (const one of panel.querySelectorAll("img")) pictures[one.dataset.picture] = one.src;
    panel.querySelector("details")?.remove(); // what it held is at hand now
    panel.querySelector(".ssl-controls").style.display = "";
    const controls = [...panel.querySelectorAll(".ssl-controls > *")];
    const position = controls.map((control) => {
      const slider = control.querySelector("input");
      if (slider) return +slider.getAttribute("value");
      return [...control.querySelectorAll("button")].findIndex((b) => b.getAttribute("aria-pressed") === "true");
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
        slider.value = position[index];
        slider.addEventListener("input", () => {
          position[index] = +slider.value;
          control.querySelector("output").textContent = words[slider.value];
          slider.setAttribute("aria-valuetext", words[slider.value]);
          show();
        });
        // in a lecture the arrow keys turn pages again
        if (document.querySelector(".reveal")) slider.addEventListener("pointerup", () => slider.blur());
      }
      const play = control.querySelector(".ssl-play");
      let timer = null;
      const stop = () => { clearInterval(timer); timer = null; play.textContent = "▶"; play.setAttribute("aria-pressed", "false"); };
      const step = (place) => { slider.value = place; slider.dispatchEvent(new Event("input")); };
      play?.addEventListener("click", () => {
        if (timer) return stop();
        play.textContent = "❚❚";
        play.setAttribute("aria-pressed", "true");
        if (+slider.value === +slider.max) step(0);
        timer = setInterval(() => (+slider.value < +slider.max && play.isConnected ? step(+slider.value + 1) : stop()), 700);
      });
      if (play) slider.addEventListener("input", (event) => { if (event.isTrusted && timer) stop(); }); // a hand takes over
      const buttons = [...control.querySelectorAll("button:not(.ssl-play)")];
      buttons.forEach((button, at) => button.addEventListener("click", (event) => {
        position[index] = at;
        buttons.forEach((other, i) => other.setAttribute("aria-pressed", i === at));
        if (event.detail && document.querySelector(".reveal")) button.blur(); // a click of the mouse, not of a key
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
  const start = () => document.querySelectorAll(".ssl-panel:not([data-wired])").forEach(wire);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  start();
})();
