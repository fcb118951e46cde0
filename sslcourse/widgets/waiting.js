// A control moves in the browser at once; the kernel that draws may be busy. Until it has answered, the figure is pale and says so.
const PATIENCE = 400; // milliseconds before anything is said: most answers come sooner

async function render({ model, el }) {
  const name = (reference) => reference.replace("IPY_MODEL_", "");
  const controls = await Promise.all(model.get("controls").map((one) => model.widget_manager.get_model(name(one))));
  const figure = () => el.closest(".widget-vbox")?.querySelector(".widget-html");
  const asked = () => controls.map((one) => String(one.get("index") ?? one.get("value")));
  let timer = null;
  el.setAttribute("role", "status");
  const look = () => {
    const waits = JSON.stringify(asked()) !== JSON.stringify(model.get("answered"));
    if (figure()) figure().style.opacity = waits ? 0.35 : "";
    if (waits && !timer) {
      timer = setTimeout(() => {
        el.textContent = `The kernel is busy. The figure still shows ${model.get("shows")}; it follows as soon as the kernel is free.`;
      }, PATIENCE);
    }
    if (!waits) { clearTimeout(timer); timer = null; el.textContent = ""; }
  };
  controls.forEach((one) => { one.on("change:index", look); one.on("change:value", look); });
  model.on("change:answered", look);
  look();
  // The sliders of ipywidgets have no name for those who can't see the words beside them.
  const naming = setInterval(() => {
    const handles = [...el.closest(".widget-vbox")?.querySelectorAll(".noUi-handle") ?? []];
    handles.forEach((one) => one.setAttribute("aria-label", one.closest(".widget-inline-hbox").querySelector(".widget-label").textContent));
    if (handles.length) clearInterval(naming);
  }, 200);
  setTimeout(() => clearInterval(naming), 10_000); // a panel without a slider
  return () => {
    clearTimeout(timer);
    clearInterval(naming);
    controls.forEach((one) => { one.off("change:index", look); one.off("change:value", look); });
  };
}

export default { render };
