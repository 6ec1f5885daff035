/** The source of the script. `FRAME_HASH` is its hash. */
declare const text: string;
export default text;
