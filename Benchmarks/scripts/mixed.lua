-- Reads and updates spread over a tree of namespaces. Arguments: threads, depth, width, tables and views a leaf, percent of reads.

dofile(os.getenv("BENCHMARK_SCRIPTS") .. "/report.lua")

local inner, leaves, reads = {}, {}, 80
local tables, views
local count = 0
local headers = { ["Content-Type"] = "application/json" }

function init(arguments)
  local depth, width = tonumber(arguments[2]), tonumber(arguments[3])
  tables, views, reads = tonumber(arguments[4]), tonumber(arguments[5]), tonumber(arguments[6])
  local level = { "n0" }
  for step = 1, depth do
    local below = {}
    for _, path in ipairs(level) do
      table.insert(step == depth and leaves or inner, path)
      for child = 0, width - 1 do table.insert(below, path .. "%1F" .. "n" .. child) end
    end
    level = below
  end
  math.randomseed(number + 1)
end

local function any(list) return list[math.random(#list)] end
local function place(path) return "/v1/main/namespaces/" .. path end
local function some_table() return place(any(leaves)) .. "/tables/t" .. math.random(0, tables - 1) end
local function some_view() return place(any(leaves)) .. "/views/v" .. math.random(0, views - 1) end
local function property() return '{"p' .. math.random(0, 9) .. '":"' .. number .. "-" .. count .. '"}' end

local read = {
  function() return wrk.format("GET", "/v1/main/namespaces?parent=" .. any(inner)) end,
  function() return wrk.format("HEAD", place(any(leaves))) end,
  function() return wrk.format("GET", place(any(leaves))) end,
  function() return wrk.format("GET", place(any(leaves)) .. "/tables") end,
  function() return wrk.format("HEAD", some_table()) end,
  function() return wrk.format("GET", some_table()) end,
  function() return wrk.format("GET", place(any(leaves)) .. "/views") end,
  function() return wrk.format("HEAD", some_view()) end,
  function() return wrk.format("GET", some_view()) end,
}

local update = {
  function() return wrk.format("POST", place(any(leaves)) .. "/properties", headers, '{"updates":' .. property() .. "}") end,
  function()
    local body = '{"requirements":[],"updates":[{"action":"set-properties","updates":' .. property() .. "}]}"
    return wrk.format("POST", some_table(), headers, body)
  end,
  function()
    local body = '{"requirements":[],"updates":[{"action":"set-properties","updates":' .. property() .. "}]}"
    return wrk.format("POST", some_view(), headers, body)
  end,
}

function request()
  count = count + 1
  return any(math.random(100) <= reads and read or update)()
end
