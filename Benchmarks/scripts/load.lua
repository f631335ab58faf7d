-- Loads one of so many tables after the other. Arguments: threads, namespace path, tables.

dofile(os.getenv("BENCHMARK_SCRIPTS") .. "/report.lua")

local requests = {}
local count = 0

function init(arguments)
  for table = 1, tonumber(arguments[3]) do
    requests[table] = wrk.format("GET", arguments[2] .. "/tables/t" .. table)
  end
  -- The threads begin at different tables.
  count = math.floor(number * #requests / tonumber(arguments[1]))
end

function request()
  count = count + 1
  return requests[count % #requests + 1]
end
