namespace SaaS.Tests.Deployment;

/// <summary>A file of NAME=value lines; a comment applies to all names up to the next empty line.</summary>
internal static class EnvironmentFile
{
    public static List<(string Name, string Value, bool HasComment)> Read(string path)
    {
        var names = new List<(string, string, bool)>();
        var hasComment = false;
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith('#') || line.Length is 0)
            {
                hasComment = line.Length > 0;
                continue;
            }

            var parts = line.Split('=', 2);
            Assert.True(parts.Length is 2, $"{path}: {line}");
            names.Add((parts[0], parts[1], hasComment));
        }

        Assert.Equal(names.Select(name => name.Item1).Distinct(), names.Select(name => name.Item1));
        return names;
    }
}
