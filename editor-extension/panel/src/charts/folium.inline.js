/**
 * What maps of Folium use besides Leaflet, in the frame of an output: `$` around the HTML of a popup, and
 * markers with a colour.
 */
(() => {
  "use strict";
  // Folium calls `$(html)[0]` only.
  window.$ ??= window.jQuery ??= (html) => {
    const made = document.createElement("template");
    made.innerHTML = String(html).trim();
    return [...made.content.childNodes];
  };
  const COLOURS = { __proto__: null, red: "#d63e2a", darkred: "#a23336", lightred: "#ff8e7f", orange: "#f69730", beige: "#ffcb92",
    green: "#72b026", darkgreen: "#728224", lightgreen: "#bbf970", blue: "#38aadd", darkblue: "#00649f", lightblue: "#8adaff",
    purple: "#d252b9", darkpurple: "#5b396b", pink: "#ff91ea", cadetblue: "#436978", white: "#fbfbfb", gray: "#575757",
    lightgray: "#a3a3a3", black: "#303030" };
  L.AwesomeMarkers ??= {
    icon: ({ markerColor = "blue", iconColor = "white" } = {}) => {
      const pin = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      for (const [name, value] of Object.entries({ viewBox: "0 0 24 36", width: "24", height: "36" })) pin.setAttribute(name, value);
      const add = (tag, attributes) => {
        const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
        for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
        pin.append(part);
      };
      add("path", { d: "M12 35C9 27 1 20 1 12a11 11 0 0 1 22 0c0 8-8 15-11 23z", fill: COLOURS[markerColor] ?? COLOURS.blue, stroke: "#0006" });
      add("circle", { cx: "12", cy: "12", r: "4", fill: iconColor });
      return L.divIcon({ html: pin, className: "folium-pin", iconSize: [24, 36], iconAnchor: [12, 36], popupAnchor: [0, -34] });
    },
  };
})();
