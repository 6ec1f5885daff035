/** The source and the style of Leaflet, with the parts of other libraries that maps of Folium use. */
import library from "leaflet/dist/leaflet.js" with { type: "text" };
import sheet from "leaflet/dist/leaflet.css" with { type: "text" };
import icon from "leaflet/dist/images/marker-icon.png";
import shadow from "leaflet/dist/images/marker-shadow.png";
import layers from "leaflet/dist/images/layers.png";
import folium from "./folium.inline.js";

/** The images of Leaflet's style are embedded: frames have no network. */
const style = sheet.replace(/url\(images\/layers(?:-2x)?\.png\)/g, `url(${layers})`);

export default [
  library,
  `(${addStyle.toString()})(${JSON.stringify(style)})`,
  // Leaflet would look for the icons next to its style.
  `delete L.Icon.Default.prototype._getIconUrl; L.Icon.Default.mergeOptions(${JSON.stringify({ iconUrl: icon, iconRetinaUrl: icon, shadowUrl: shadow })});`,
  folium,
];

/** Runs in the frame: it must not use anything of this module. */
function addStyle(text: string): void {
  const element = document.createElement("style");
  element.textContent = text;
  document.head.prepend(element);
}
