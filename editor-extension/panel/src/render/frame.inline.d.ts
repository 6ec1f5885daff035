/** The text of the script; its hash is `FRAME_HASH`. */
declare const text: string;
export default text;
