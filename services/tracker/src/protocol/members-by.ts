import type { Member } from './members.ts';

/** Members by a text that most have for themselves: an array for each would take more memory than the members. */
export class MembersBy {
  readonly #members = new Map<string, Member | Member[]>();

  find(text: string, isWanted: (member: Member) => boolean): Member | undefined {
    const found = this.#members.get(text);
    if (Array.isArray(found)) return found.find(isWanted);
    return found !== undefined && isWanted(found) ? found : undefined;
  }

  count(text: string): number {
    const found = this.#members.get(text);
    if (found === undefined) return 0;
    return Array.isArray(found) ? found.length : 1;
  }

  add(text: string, member: Member): void {
    const found = this.#members.get(text);
    if (found === undefined) this.#members.set(text, member);
    else if (Array.isArray(found)) found.push(member);
    else this.#members.set(text, [found, member]);
  }

  remove(text: string, member: Member): void {
    const found = this.#members.get(text);
    const isOne = found === member || (Array.isArray(found) && found.length === 1);
    if (isOne) this.#members.delete(text);
    else if (Array.isArray(found)) found.splice(found.indexOf(member), 1);
  }
}
