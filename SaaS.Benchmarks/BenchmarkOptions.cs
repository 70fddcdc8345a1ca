namespace SaaS.Benchmarks;

/// <summary>The command-line options.</summary>
internal sealed record BenchmarkOptions(IReadOnlyList<Figure> Figures, bool Strict)
{
    internal static string Usage =>
        $"""
            Measures the figures of docs/PERFORMANCE.md, each on its own backing services. Run it in Release, on an otherwise idle machine.

              NAME ...   one or more of these figures:
            {string.Join('\n', SaaS.Benchmarks.Figures.All.Select(figure => $"               {figure.Name.PadRight(24)}{figure.Sentence}"))}
              all        all figures
              --strict   exit code 1 when a goal is missed
              --help     show this help
            """;

    internal static bool TryParse(string[] args, out BenchmarkOptions choice)
    {
        var names = args.Where(arg => arg is not "--strict").ToList();
        var all = SaaS.Benchmarks.Figures.All;
        choice = new BenchmarkOptions(
            names is ["all"] ? all : [.. all.Where(figure => names.Contains(figure.Name))],
            args.Contains("--strict")
        );
        return choice.Figures.Count > 0 && (names is ["all"] || names.TrueForAll(name => all.Any(figure => figure.Name == name)));
    }
}
