/** Objects as JSON for watches: one object goes to many watches in turn, so its text is made once. */
import type { JsonMap } from '../objects/json-tree.ts';

export class EventLines {
  #object: JsonMap | null = null;
  #text = '';

  /** The line a watch sends for an object. */
  line(type: string, object: JsonMap): string {
    if (this.#object !== object) {
      this.#text = JSON.stringify(object);
      this.#object = object;
    }
    return `{"type":"${type}","object":${this.#text}}\n`;
  }
}
