import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Linked, Recency } from '../../src/protocol/recency.ts';

interface Item extends Linked<Item> {
  readonly name: number;
}

test('whatever is added, used and removed, the list has the order of an array', () => {
  const step = fc.tuple(fc.constantFrom('add', 'use', 'remove'), fc.nat({ max: 9 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new Recency<Item>();
      const items = new Map<number, Item>();
      let model: number[] = [];
      for (const [action, name] of steps) {
        const item = items.get(name);
        if (action === 'add' && item === undefined) {
          const added: Item = { name, older: null, newer: null };
          items.set(name, added);
          list.add(added);
          model.push(name);
        } else if (action !== 'add' && item !== undefined) {
          model = model.filter((other) => other !== name);
          if (action === 'use') {
            list.use(item);
            model.push(name);
          } else {
            list.remove(item);
            items.delete(name);
          }
        }
        const order: number[] = [];
        for (let at = list.oldest; at !== null; at = at.newer) order.push(at.name);
        expect(order).toEqual(model);
      }
    }),
  );
});
