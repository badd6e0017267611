/* Names that may have been meant, and the replies that offer them. Private to api_*.c. */
#ifndef SHUNT_CONTROL_TARGET_OFFER_H
#define SHUNT_CONTROL_TARGET_OFFER_H

#include "base/text.h"
#include "policy/model.h"

/* Adds ": did you mean a, b or c?" when targets, or domains, of the files are near. True when some
 * are. */
bool target_offer(struct text *out, const struct policy_model *model, bool domains,
                  const char *word);

/* Whether a target of the files is so near that the word is likely a slip. Hosts that differ by a
 * number, xmpp1 and xmpp2, are just two hosts; and so are two of one letter. */
bool target_is_slip(const struct policy_model *model, const char *word);

#endif
