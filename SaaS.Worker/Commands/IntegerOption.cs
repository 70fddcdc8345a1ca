using System.CommandLine;
using System.Globalization;

namespace SaaS.Worker.Commands;

/// <summary>Creates options whose value is a whole number from 1 to a maximum.</summary>
internal static class IntegerOption
{
    public static Option<int> Create(string name, string description, string helpName, int preset, int max) =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => preset,
            CustomParser = result =>
            {
                if (int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= max)
                {
                    return value;
                }

                result.AddError($"{name} must be 1 to {max}.");
                return preset;
            },
        };
}
