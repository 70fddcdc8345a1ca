using System.Text.Json.Serialization.Metadata;

namespace SaaS.Core.Http;

/// <summary>A success whose data stands at the top level as well, where clients of the original system read it.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Data">What was asked for; its fields stand beside it, too.</param>
public sealed record FlatAnswer<T>(bool Success, string Message, T Data) : IFlatAnswer
    where T : notnull
{
    object IFlatAnswer.Data => Data;
}

/// <summary>A <see cref="FlatAnswer{T}"/> of any data.</summary>
internal interface IFlatAnswer
{
    object Data { get; }
}

/// <summary>Adds the fields of the data to the JSON of a <see cref="FlatAnswer{T}"/>, and so to its schema.</summary>
internal static class FlatAnswers
{
    public static void AddFields(JsonTypeInfo answer)
    {
        if (!answer.Type.IsGenericType || answer.Type.GetGenericTypeDefinition() != typeof(FlatAnswer<>))
        {
            return;
        }

        foreach (var field in answer.Options.GetTypeInfo(answer.Type.GetGenericArguments()[0]).Properties)
        {
            var beside = answer.CreateJsonPropertyInfo(field.PropertyType, field.Name);
            beside.AttributeProvider = field.AttributeProvider;
            beside.IsGetNullable = field.IsGetNullable;
            beside.Get = body => field.Get!(((IFlatAnswer)body).Data);
            answer.Properties.Add(beside);
        }
    }
}
