-- Appends a snapshot to one of so many tables after the other, as Spark would, without reading the answer.
-- Arguments: threads, namespace path, tables, round, file with a snapshot (ID, SEQUENCE and TIME stand for their values).

dofile(os.getenv("BENCHMARK_SCRIPTS") .. "/report.lua")

local count = 0
local threads, path, tables, round, snapshot
local headers = { ["Content-Type"] = "application/json" }

function init(arguments)
  threads, path, tables, round = tonumber(arguments[1]), arguments[2], tonumber(arguments[3]), tonumber(arguments[4])
  local file = io.open(arguments[5])
  snapshot = file:read("*a")
  file:close()
end

function request()
  count = count + 1
  local id = string.format("7%04d%d%012d", round, number, count)
  local values = { ID = id, SEQUENCE = string.format("%d", count), TIME = string.format("%d000", os.time()) }
  local text = snapshot:gsub("%u%u+", values)
  local body = '{"requirements":[],"updates":[{"action":"add-snapshot","snapshot":' .. text
    .. '},{"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":' .. id .. "}]}"
  local table = (count * threads + number) % tables + 1
  return wrk.format("POST", path .. "/tables/t" .. table, headers, body)
end
