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
  return () => {
    clearTimeout(timer);
    controls.forEach((one) => { one.off("change:index", look); one.off("change:value", look); });
  };
}

export default { render };
