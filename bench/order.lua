-- Each request is a new order: its own Idempotency-Key.
local body = os.getenv("BENCH_BODY")
local count = 0
local mark = tostring(os.time()) .. tostring({}):sub(8)
request = function()
  count = count + 1
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json", ["Idempotency-Key"] = mark .. count }, body)
end
