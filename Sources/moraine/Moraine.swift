@main struct Moraine { static func main() {} }
