-- What every script has in common: numbered threads, and the result as one line of JSON.

local started = 0

function setup(thread)
  thread:set("number", started)
  started = started + 1
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\n{"requests":%d,"rate":%.1f,"errors":%d,"p50":%.3f,"p99":%.3f}\n', summary.requests,
    summary.requests / summary.duration * 1e6, failed, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
