// One design size; reveal.js scales it to the screen. Sizes are those of a projector: 16 to 9.
Reveal.initialize({
  width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 4, center: false,
  controls: true, controlsLayout: "edges", controlsTutorial: false, progress: true, slideNumber: false, hash: true,
  transition: "none", backgroundTransition: "none", pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1,
  navigationMode: "linear", plugins: [RevealNotes],
});
