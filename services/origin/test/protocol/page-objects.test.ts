import { expect, test } from 'vitest';
import { objectsOf } from '../../src/protocol/page-objects.ts';

const PAGE = 'http://www.test.com/album/index.html';

test('WEB-04 the base HTML names the other objects of a page by URL', () => {
  const html = '<img src="01.jpg"><IMG alt=x SRC=\'/02.jpg\'><img src=http://cnn.com/03.jpg><img src="01.jpg">';
  expect(objectsOf(html, PAGE)).toEqual([
    'http://www.test.com/album/01.jpg',
    'http://www.test.com/02.jpg',
    'http://cnn.com/03.jpg',
  ]);
});

test('what a browser loads by itself is an object; where a link leads is not', () => {
  const html =
    '<link rel="stylesheet" href="a.css"><link rel=alternate href=b.html><a href="c.html">c</a><script src="d.js"></script><video><source src="e.webm"></video>';
  expect(objectsOf(html, PAGE).map((url) => new URL(url).pathname)).toEqual([
    '/album/a.css',
    '/album/d.js',
    '/album/e.webm',
  ]);
});

test('what names no object of HTTP is left out', () => {
  const html =
    '<img src=""><img><img src="data:image/gif;base64,AA"><img src="https://www.test.com/x"><img data-src="y">';
  expect(objectsOf(html, PAGE)).toEqual([]);
});
