/** The validators of a response: RFC 9110, section 8.8. */

import { parseEntityTag } from '#shared/http/entity-tag.ts';
import { fieldLines } from '#shared/http/fields.ts';
import type { Validators } from '#shared/http/preconditions.ts';
import { lastModifiedMs } from './freshness.ts';
import { memo } from './memo.ts';
import type { OriginResponse } from './stored-response.ts';

/** A validator that is there twice or has another form is none. */
export const validatorsOf: (response: OriginResponse) => Validators = memo((response: OriginResponse) => {
  const tags = fieldLines(response.fields, 'ETag');
  return { etag: tags.length === 1 ? parseEntityTag(tags[0]!) : null, lastModifiedMs: lastModifiedMs(response) };
});
