/** Types for files that are bundled as text or as data. */
declare module "*.min.js" {
  const text: string;
  export default text;
}
declare module "leaflet/dist/leaflet.js" {
  const text: string;
  export default text;
}
declare module "*.css" {
  const text: string;
  export default text;
}
/** An image as a `data:` address. */
declare module "*.png" {
  const address: string;
  export default address;
}
declare module "cellbridge:widgetFrame" {
  /** The program of a widget's frame, a classic script. */
  export const program: string;
  export const style: string;
}
