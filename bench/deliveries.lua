-- Each request is another signed event: one line of the file, its signature and its body, a tab between them.
local signed = {}
for line in io.lines(os.getenv("BENCH_DELIVERIES")) do
  local cut = line:find("\t", 1, true)
  signed[#signed + 1] = { line:sub(1, cut - 1), line:sub(cut + 1) }
end
local count = 0
request = function()
  count = count % #signed + 1
  local one = signed[count]
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json", ["Stripe-Signature"] = one[1] }, one[2])
end
