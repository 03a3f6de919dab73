/** Plots: the axis holds both ends on round steps, and the parts of a bar lie side by side. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { scale, stacked } from '../../static/console/plot.js';

const STEPS = [1, 2, 2.5, 5];

test('an axis holds both ends, on at most six round steps', () => {
  for (const [low, high] of [[0, 100], [95, 100], [30.76, 99.88], [-75.5, 58.2], [0, 0.04], [0, 0], [-3, -3], [7, 7], [0, 123456789], [-0.001, 0.002], [Infinity, -Infinity]]) {
    const { bottom, top, ticks } = scale(low, high);
    assert.ok(isFinite(bottom) && bottom < top, `${low} ${high}`);
    if (isFinite(low)) assert.ok(bottom <= low && top >= high, `${low} ${high}: ${bottom} ${top}`);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${low} ${high}: ${ticks}`);
    const step = ticks[1] - ticks[0];
    const digit = step / Math.pow(10, Math.floor(Math.log10(step) + 1e-9));
    assert.ok(STEPS.some((one) => Math.abs(one - digit) < 1e-6), `${low} ${high}: ${step}`);
  }
});

test('an axis of shares ends at 100', () => {
  assert.deepEqual(scale(0, 100).ticks, [0, 25, 50, 75, 100]);
  assert.equal(scale(95, 100).top, 100);
});

test('parts of a bar lie side by side and fill it to their share', () => {
  assert.deepEqual(stacked([{ kind: 'a', n: 1 }, { kind: 'b', n: 0 }, { kind: 'c', n: 3 }], 8), [
    { kind: 'a', x: 0, wide: 12.5 }, { kind: 'b', x: 12.5, wide: 0 }, { kind: 'c', x: 12.5, wide: 37.5 },
  ]);
});
