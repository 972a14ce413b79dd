import type { Group } from '../case.ts';
import { age } from './age.ts';
import { conditional } from './conditional.ts';
import { cacheStatus, collapsed, targeted } from './extensions.ts';
import { forwarding } from './forwarding.ts';
import { freshness } from './freshness.ts';
import { hostileRequests } from './hostile-requests.ts';
import { hostileResponses } from './hostile-responses.ts';
import { invalidation } from './invalidation.ts';
import { messages } from './messages.ts';
import { methods } from './methods.ts';
import { parts } from './parts.ts';
import { poisoned } from './poisoning.ts';
import { ranges } from './ranges.ts';
import { requests } from './requests.ts';
import { stale } from './stale.ts';
import { statuses } from './statuses.ts';
import { stored } from './stored.ts';
import { storing } from './storing.ts';
import { validation } from './validation.ts';
import { vary } from './vary.ts';

/** All groups, in the order in which they are shown. */
export const GROUPS: readonly Group[] = [
  ...[freshness, age, storing, statuses, methods, stored, requests, vary, validation, conditional, invalidation],
  ...[stale, ranges, parts, collapsed, targeted, cacheStatus, forwarding, messages],
  ...[hostileRequests, hostileResponses, poisoned],
];
