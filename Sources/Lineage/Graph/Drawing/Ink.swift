extension LineageDrawing {
  /// A colour by its use, for light and for dark surroundings. Nothing is told by colour alone.
  ///
  /// Tiles are after Okabe and Ito's palette for colour-blind people, darkened until white signs on them have a contrast of 4.5 to 1.
  package enum Ink: String, Hashable, Sendable, CaseIterable {
    case paper, surface, work, text, quiet, border, edge, danger, sign
    case blue, sky, orange, olive, brown, green, purple, violet, grey

    /// 0xRRGGBB; what is printed.
    package var light: UInt32 {
      switch self {
      case .paper, .surface, .sign: 0xFFFFFF
      case .work: 0xF0F2F4
      case .text: 0x1B1F24
      case .quiet: 0x57606A
      case .border: 0x8C959F
      case .edge: 0x454F59
      case .danger: 0xC1121F
      case .blue: 0x0067A3
      case .sky: 0x1F7A99
      case .orange: 0xA85300
      case .olive: 0x706200
      case .brown: 0x7A4A3A
      case .green: 0x00735A
      case .purple: 0x9C3F7B
      case .violet: 0x5B3FA0
      case .grey: 0x57606A
      }
    }

    package var dark: UInt32 {
      switch self {
      case .paper: 0x12161B
      case .surface: 0x1D232A
      case .work: 0x2A323B
      case .text: 0xE9EDF1
      case .quiet: 0xA3AEB9
      case .border: 0x66717D
      case .edge: 0xB4BEC8
      case .danger: 0xFF7B72
      case .violet: 0x7A5CC8
      default: light
      }
    }
  }
}
