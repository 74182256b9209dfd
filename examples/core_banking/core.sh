#!/bin/sh
# The same by curl: CADENCIA_URL and CADENCIA_KEY say where and who; $1 is the portfolio's key.
set -eu
base="$CADENCIA_URL/v1/portfolios/$1"
ask() { curl --silent --show-error --fail-with-body -H "Authorization: Bearer $CADENCIA_KEY" "$@"; echo; }

# Accounts, one JSON object a line; bad lines are listed, the good ones land.
printf '%s\n' \
  '{"account": "CTA-0003", "id_number": "GARC900909EF3", "name": "Carla García", "phone": "+525510000003", "amount_to_cure": "640.00", "days_past_due": 3}' \
  '{"account": "CTA-0004", "id_number": "MORD850315GH4", "amount_to_cure": "mucho"}' |
  ask -H "Content-Type: application/x-ndjson" --data-binary @- "$base/accounts/loads"

# What would be done with one of them now, and why. Nothing is changed by asking.
ask "$base/accounts/CTA-0003/decision"

# A payment. The Idempotency-Key makes a repetition harmless: the first answer comes again.
ask -H "Content-Type: application/json" -H "Idempotency-Key: TRX-3" "$base/payments" \
  -d '{"account": "CTA-0003", "amount": "640.00", "currency": "MXN", "paid_at": "2026-11-13T10:00:00-06:00", "reference": "TRX-3"}'
