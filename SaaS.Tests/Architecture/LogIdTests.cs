using Microsoft.Extensions.Logging;
using Mono.Cecil;

namespace SaaS.Tests.Architecture;

/// <summary>Tests that each log id has one meaning, because alerts are set on log ids.</summary>
public sealed class LogIdTests
{
    [Fact]
    public void Log_event_ids_are_unique()
    {
        var messages = Directory
            .EnumerateFiles(AppContext.BaseDirectory, "SaaS.*.dll")
            .Select(file => ModuleDefinition.ReadModule(file))
            .SelectMany(module => module.GetTypes())
            .SelectMany(type => type.Methods)
            .SelectMany(method =>
                method
                    .CustomAttributes.Where(attribute => attribute.AttributeType.Name == nameof(LoggerMessageAttribute))
                    .Select(attribute => (Id: IdOf(attribute), method.FullName))
            )
            .Where(message => message.Id is not null)
            .ToList();

        Assert.NotEmpty(messages);
        Assert.Empty(messages.GroupBy(message => message.Id).Where(shared => shared.Count() > 1).SelectMany(shared => shared));
    }

    // Null for the local services, whose log messages have no ids.
    private static int? IdOf(CustomAttribute message) =>
        message
            .Properties.Where(property => property.Name == nameof(LoggerMessageAttribute.EventId))
            .Select(property => property.Argument)
            .Concat(message.ConstructorArguments)
            .Where(argument => argument.Type.MetadataType == MetadataType.Int32) // the log level is an integer too, but of its own type
            .Select(argument => (int?)argument.Value)
            .FirstOrDefault();
}
