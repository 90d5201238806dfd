export { main, type Shell } from "./main.ts";
