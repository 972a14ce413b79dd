/**
 * Messages never change once they are there: what follows from one is worked out once and remembered as long as the message
 * lives.
 */
export function memo<Message extends object, Value>(compute: (message: Message) => Value): (message: Message) => Value {
  const known = new WeakMap<Message, { readonly value: Value }>();
  return (message) => {
    const remembered = known.get(message);
    if (remembered !== undefined) return remembered.value;
    const value = compute(message);
    known.set(message, { value });
    return value;
  };
}
